import { randomBytes } from 'node:crypto'
import { sealer } from '../../../src/adapters/sealer.ts'
import { access } from '../../../src/domain/access/access.ts'
import { emptyModel } from '../../../src/domain/access/model.ts'
import { clientRegistry } from '../../../src/domain/clients/registry.ts'
import { parseEmail } from '../../../src/domain/email.ts'
import { passwordHashFault } from '../../../src/domain/password-hash.ts'
import { applySeed, type SeedApplied } from '../../../src/domain/seed/apply.ts'
import { parseSeed, type SeedContext, type SeedParsed } from '../../../src/domain/seed/parse.ts'
import { type Arranged, arrange } from '../arrange.ts'

export const ISSUER = 'https://id.example'
export const ORDERS = 'https://orders.example/api'
export const SECRET = 'q7Rk2vXw9LmZ4bTnH8sYc3JdP6gFa5Ue'
export const PASSWORD = 'seven quiet otters'

/** The example of the documentation, as a company would write it. */
export const document = {
  resources: [
    {
      identifier: ORDERS,
      name: 'Orders',
      permissions: ['orders:read', 'orders:write'],
      access_token_format: 'opaque',
    },
  ],
  roles: [
    { name: 'clerk', permissions: { [ORDERS]: ['orders:read'] }, default: true },
    { name: 'chief', permissions: { [ORDERS]: ['orders:write'] }, includes: ['clerk'] },
  ],
  clients: [
    {
      client_id: 'shop',
      client_secret: SECRET,
      redirect_uris: ['https://shop.example/cb'],
      grant_types: ['authorization_code', 'refresh_token'],
      permissions: { [ORDERS]: ['orders:read'] },
    },
  ],
  accounts: [
    { email: 'Kim@example.com', password: PASSWORD, name: 'Kim', email_verified: true, roles: ['chief'] },
    { email: 'lou@example.com', password: PASSWORD, roles: ['clerk'] },
  ],
}

const randomId = (): string => randomBytes(16).toString('base64url')

/** A server's rules on a store; `beside` makes those of a second server on the same one. */
export const arrangeSeed = async () => {
  const base = await arrange()
  return { ...base, ...(await serverOn(base)), beside: () => serverOn(base) }
}

const serverOn = async ({ store, accounts, policy, hasher }: Arranged) => {
  const { documents, onChange } = store
  const clients = clientRegistry({
    issuer: 'https://gate.example',
    store: store.clients,
    accounts: store.accounts,
    onChange,
    sealer: sealer([Buffer.alloc(32, 7)]),
    random: randomBytes,
    now: Date.now,
  })
  const rules = await access({
    documents,
    onChange,
    issuer: ISSUER,
    defaultResource: `${ISSUER}/api`,
    account: (sub) => store.accounts.find(sub),
    client: clients.permissions,
    now: Date.now,
  })
  const parts = { access: rules, clients, accounts, documents, newId: randomId }
  const context = async (changes: Partial<SeedContext> = {}): Promise<SeedContext> => ({
    development: false,
    builtIns: rules.builtIns,
    known: { model: await rules.model(), clients: await clients.list() },
    parseEmail,
    passwordFaults: policy.faults,
    hashFault: (hash) => passwordHashFault(hasher, hash),
    ...changes,
  })
  /** Parses and applies, as a start does. */
  const start = async (
    seed: object,
    changes: Partial<SeedContext> = {},
  ): Promise<SeedApplied | Extract<SeedParsed, { kind: 'faults' }>> => {
    const parsed = parseSeed(JSON.stringify(seed), await context(changes))
    return parsed.kind === 'faults' ? parsed : applySeed(parsed.seed, parts, { demo: false })
  }
  return { clients, rules, parts, context, start, random: randomBytes }
}

/** A parse without a server. */
export const parse = (text: string, changes: Partial<SeedContext> = {}): SeedParsed =>
  parseSeed(text, {
    development: false,
    builtIns: { '@api': `${ISSUER}/api`, '@admin': `${ISSUER}/admin`, '@access': `${ISSUER}/access` },
    known: { model: emptyModel, clients: [] },
    parseEmail,
    passwordFaults: (password) => (password.length < 15 ? [{ code: 'too_short' }] : []),
    hashFault: (hash) => (hash.startsWith('$') ? undefined : 'wanted a hash that can be verified here'),
    ...changes,
  })
