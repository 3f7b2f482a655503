import { access } from '../../../src/domain/access/access.ts'
import type { ClientRights } from '../../../src/domain/access/decision.ts'
import { type Evaluate, evaluation } from '../../../src/domain/access/evaluation.ts'
import { findSubject } from '../../../src/domain/access/inquiry.ts'
import type { AccessModel, Role } from '../../../src/domain/access/model.ts'
import { type FoundPage, type PageOptions, type Search, search } from '../../../src/domain/access/search.ts'
import type { Account, AccountStore } from '../../../src/domain/ports.ts'

export const NOW = Date.UTC(2026, 0, 1)
export const RECORDS = 'https://records.example/api'
const ISSUER = 'https://id.example'
export const ADMIN = `${ISSUER}/admin`

const role = (id: string, permissions: string[], includes: string[] = []): Role => ({
  id,
  name: `${id} name`,
  permissions: { [RECORDS]: permissions },
  includes,
  default: false,
})

const model: AccessModel = {
  resources: [
    {
      identifier: RECORDS,
      name: 'Records',
      permissions: ['write', 'read', 'burn'],
      accessTokenFormat: 'jwt',
      types: ['record'],
    },
    {
      identifier: 'https://pages.example/api',
      name: 'Pages',
      permissions: ['read'],
      accessTokenFormat: 'jwt',
      types: ['page'],
    },
  ],
  roles: [
    role('reader', ['read']),
    role('writer', ['write'], ['reader']),
    role('chief', [], ['writer']),
    { ...role('clerk', []), permissions: { '@admin': ['accounts:read'] } },
  ],
}

/** Who is there. */
export interface People {
  accounts: readonly Account[]
  admins: readonly string[]
  clients: ReadonlyMap<string, ClientRights>
}

export interface Arranged {
  evaluate: Evaluate
  search: Search
  /** How often accounts were read by their roles. */
  reads(): number
}

/** The decision and the search over these people, with the roles of this page. */
export const arrange = async ({ accounts, admins, clients }: People): Promise<Arranged> => {
  const bySub = new Map(accounts.map((account) => [account.sub, account]))
  const documents: Record<string, { value: object; version: number }> = {
    access: { value: model, version: 1 },
    admins: { value: { subs: admins }, version: 1 },
  }
  let reads = 0
  const store: Pick<AccountStore, 'find' | 'findByEmailKey' | 'holding'> = {
    find: async (sub) => bySub.get(sub),
    findByEmailKey: async (key) => accounts.find(({ emailKey }) => emailKey === key),
    async holding({ roleIds, after = '', limit }) {
      reads++
      return accounts
        .filter(({ sub, roles }) => sub > after && roles.some(({ roleId }) => roleIds.includes(roleId)))
        .toSorted((one, other) => (one.sub < other.sub ? -1 : 1))
        .slice(0, limit)
    },
  }
  const client = async (clientId: string) => clients.get(clientId)
  const rules = await access({
    documents: {
      read: async (name) => documents[name] as { value: never; version: number } | undefined,
      list: async () => [],
      write: async () => false,
    },
    onChange: () => () => undefined,
    issuer: ISSUER,
    defaultResource: `${ISSUER}/api`,
    now: () => NOW,
    account: store.find,
    client,
  })
  const find = findSubject({ accounts: store, access: rules, client })
  return {
    evaluate: evaluation({ access: rules, find, now: () => NOW }),
    search: search({
      access: rules,
      accounts: store,
      clientIds: async () => [...clients.keys()],
      find,
      now: () => NOW,
    }),
    reads: () => reads,
  }
}

/** All that pages of this length bring together, and how many there were. */
export const allPages = async (
  page: (options: PageOptions) => Promise<FoundPage>,
  limit: number,
): Promise<{ found: string[]; pages: number }> => {
  const found: string[] = []
  let pages = 0
  for (let after: string | undefined = ''; after !== undefined; ) {
    const present: FoundPage = await page({ after, limit })
    if (present.found.length > limit) throw new Error('a page is longer than wanted')
    found.push(...present.found)
    after = present.next
    pages++
  }
  return { found, pages }
}
