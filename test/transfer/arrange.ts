import { createHash } from 'node:crypto'
import { sealer as createSealer } from '../../src/adapters/sealer.ts'
import { type SigningKeys, signingKeys } from '../../src/domain/signing-keys.ts'
import { exportLines } from '../../src/transfer/export.ts'
import { type Imported, type ImportOptions, importRecords } from '../../src/transfer/import.ts'
import { inOrder } from '../../src/transfer/in-order.ts'
import type { Durable } from '../../src/transfer/stored-records.ts'
import { account, START } from '../contract/open-for-test.ts'

export const ISSUER = 'https://id.example'
export const SEALING_KEY = createHash('sha256').update('sealing key of this test').digest()
export const sealer = createSealer([SEALING_KEY])

export const keysOf = (store: Durable): SigningKeys =>
  signingKeys({ documents: store.documents, sealer, now: () => START, publishAhead: 1, retireAfter: 1 })

const PASSWORD = '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHQ$cGFzc3dvcmRoYXNo'

const person = (n: number) => {
  const id = String(n).padStart(5, '0')
  return account(`sub-${id}`, {
    email: `Person.${id}@Example.com`,
    emailKey: `person.${id}@example.com`,
    ...(n % 3 === 0 ? { name: `Zoë\u2028 ${n} 🦦`, locale: 'de' } : {}),
    ...(n % 5 === 0 ? { password: undefined } : { password: `${PASSWORD}${n}` }),
    ...(n % 7 === 0 ? { disabled: true, validAfter: START + n } : {}),
  })
}

const model = {
  roles: [
    {
      name: 'clerk',
      id: 'role-1',
      permissions: { 'https://orders.example/api': ['read'], '@admin': ['audit:read'] },
      includes: [],
      default: true,
    },
  ],
  resources: [],
}

/** Puts something of every kind into a store, without the cost of a password hash. */
export const fill = async (store: Durable, { accounts = 3 } = {}): Promise<void> => {
  await keysOf(store).load()
  await store.documents.write('access', model, 0)
  await store.documents.write('admins', { subs: ['sub-00000'] }, 0)
  for (const id of ['shop', 'desk'])
    await store.clients.insert({
      clientId: id,
      metadata: { client_name: id, client_secret_mac: 'bWFj', redirect_uris: [`https://${id}.example/cb`] },
      version: 1,
    })
  const numbers = async function* () {
    for (let n = 0; n < accounts; n++) yield n
  }
  const put = async (n: number): Promise<void> => {
    await store.accounts.insert(person(n))
    await allowed(store, n)
  }
  await Array.fromAsync(inOrder(numbers(), 16, put))
}

const allowed = async ({ consents, audit }: Durable, n: number): Promise<void> => {
  const { sub } = person(n)
  if (n % 2 === 0)
    await consents.add({
      sub,
      clientId: 'shop',
      scopes: ['openid', 'email'],
      resources: { 'https://orders.example/api': ['write', 'read'] },
      updatedAt: START + n,
    })
  await audit.append({
    id: `${n.toString(16).padStart(12, '0')}ab`,
    at: START + n,
    type: 'sign_in',
    actor: undefined,
    sub,
    clientId: 'shop',
    address: n % 2 === 0 ? '192.0.2.0' : undefined,
    detail: { b: n, a: [{ d: null, c: 'x' }] },
  })
}

/** A second of a test takes no time. */
const pause = async (): Promise<void> => undefined

/** The lines of an export of this store, each with its end. */
export const exported = async (
  store: Durable,
  { issuer = ISSUER, by = sealer, at = START } = {},
): Promise<string[]> =>
  Array.fromAsync(exportLines({ store, sealer: by, issuer, now: () => at, counted: () => undefined, pause }))

/** Imports lines into this store. */
export const imported = (
  store: Durable,
  lines: readonly string[],
  options: Partial<ImportOptions> & { by?: typeof sealer; issuer?: string } = {},
): Promise<Imported> => {
  const { by = sealer, issuer = ISSUER, dryRun = false, overwrite = false } = options
  const source = async function* () {
    yield Buffer.from(lines.join(''))
  }
  return importRecords(
    { store, sealer: by, issuer, source, counted: () => undefined, pause },
    { dryRun, overwrite },
  )
}

/** All that a store holds, for comparison. */
export const contents = async (store: Durable): Promise<string[]> => (await exported(store)).slice(1)
