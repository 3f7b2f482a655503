import type { Account, AccountStore } from '../ports.ts'
import type { Access } from './access.ts'
import { rightsOfAccount } from './decision.ts'
import type { Directory, EffectiveRole } from './directory.ts'
import { type Entity, type Inquiry, type KnownSubject, ofAccount, ofClient, targetOf } from './inquiry.ts'

export interface PoolParts {
  access: Pick<Access, 'model' | 'rights' | 'admins'>
  accounts: Pick<AccountStore, 'find' | 'holding'>
  /** Ids of all registered clients. */
  clientIds(): Promise<string[]>
}

/** An inquiry that leaves the subject open. */
export type SubjectWanted = Omit<Inquiry, 'subject'> & { subject: Omit<Entity, 'id'> }

/** Who may be allowed something. */
export interface Candidate {
  id: string
  known: KnownSubject
}

/** Accounts that are read at once. */
const CHUNK = 100

/** Everybody of the type whom the decision may allow what is wanted, in order of their ids; nobody of another type. */
export const poolOf = async function* (
  parts: PoolParts,
  directory: Directory,
  wanted: SubjectWanted,
  after: string,
): AsyncIterable<Candidate> {
  const { type } = wanted.subject
  if (type === 'client') yield* clients(parts, after)
  if (type === 'user') yield* users(parts, await reaching(parts, directory, wanted), after)
}

const clients = async function* ({ access, clientIds }: PoolParts, after: string): AsyncIterable<Candidate> {
  for (const id of (await clientIds()).toSorted())
    if (id > after)
      yield { id, known: { rights: await access.rights({ kind: 'client', id }), own: ofClient(id) } }
}

/** How people can have a permission: by these roles, or as one of these admins. */
interface Ways {
  roleIds: readonly string[]
  admins: readonly string[]
}

const reaching = async (
  { access }: PoolParts,
  directory: Directory,
  { action, resource }: SubjectWanted,
): Promise<Ways> => {
  const identifier = targetOf(directory, resource)?.identifier ?? ''
  const has = (role: EffectiveRole | undefined): boolean =>
    role?.permissions.get(identifier)?.has(action) ?? false
  const { roles } = await access.model()
  return {
    roleIds: roles.map(({ id }) => id).filter((id) => has(directory.effective(id))),
    admins: has(directory.admin) ? await access.admins() : [],
  }
}

const users = async function* (
  { accounts }: PoolParts,
  { roleIds, admins }: Ways,
  after: string,
): AsyncIterable<Candidate> {
  const isAdmin = new Set(admins)
  for (let from: string | undefined = after; from !== undefined; ) {
    const holders: Account[] = await accounts.holding({ roleIds, after: from, limit: CHUNK })
    const upTo = holders.length < CHUNK ? undefined : holders.at(-1)?.sub
    const met = new Set(holders.map(({ sub }) => sub))
    const between = (sub: string): boolean => sub > (from ?? '') && (upTo === undefined || sub <= upTo)
    const others = admins.filter((sub) => between(sub) && !met.has(sub))
    const found = await Promise.all(others.map((sub) => accounts.find(sub)))
    for (const account of [...holders, ...found.flatMap((account) => account ?? [])].toSorted(bySub))
      yield {
        id: account.sub,
        known: {
          rights: { ...rightsOfAccount(account, { isAdmin: isAdmin.has(account.sub) }), own: {} },
          own: ofAccount(account),
        },
      }
    from = upTo
  }
}

const bySub = (one: Account, other: Account): number => (one.sub < other.sub ? -1 : 1)
