import { type Fault, faultText } from '../clients/faults.ts'
import type { Account, Assignment } from '../ports.ts'
import type { ImportedSubs } from './imported-subs.ts'
import type { SeedAccount } from './schema.ts'

/** What a seed needs of the rules of accounts. */
export interface AccountsForSeed {
  create(input: {
    sub: string
    email: string
    emailKey: string
    password: string | undefined
    passwordHash: string | undefined
    name: string | undefined
    locale: string | undefined
    emailVerified: boolean
    roleIds: readonly string[]
    assignments: readonly Assignment[]
  }): Promise<{ kind: 'created' } | { kind: 'taken' }>
  find(sub: string): Promise<Account | undefined>
  findByEmail(email: string): Promise<Account | undefined>
  assign(sub: string, assignments: readonly Assignment[]): Promise<unknown>
}

export interface SeedAccountParts {
  accounts: AccountsForSeed
  imported: ImportedSubs
  /** Makes a random id, never used before. */
  newId: () => string
}

type Place = readonly PropertyKey[]

/** Why an account that exists cannot be the one that the seed means. */
export const accountFaults = async (
  wanted: SeedAccount,
  path: Place,
  parts: SeedAccountParts,
): Promise<Fault[]> => {
  const found = await accountMeant(wanted, parts)
  if (!found) return []
  if (wanted.sub !== undefined && wanted.sub !== found.sub)
    return [{ path: [...path, 'sub'], wanted: 'wanted the sub of the account that has this address' }]
  if (await isTheirs(found, wanted, parts)) return []
  const reason = 'this one has an unverified account, and whoever registered it may not own it'
  return [{ path: [...path, 'email'], wanted: `wanted another address; ${reason}` }]
}

/**
 * Makes the account, or gives the one that exists the assignments that it lacks.
 *
 * @returns warnings for the operator
 */
export const placeAccount = async (
  wanted: SeedAccount,
  path: Place,
  assignments: readonly Assignment[],
  parts: SeedAccountParts,
): Promise<string[]> => {
  const before = await accountMeant(wanted, parts)
  if (!before && (await create(wanted, assignments, parts))) return []
  const found = before ?? (await accountMeant(wanted, parts))
  if (!found || !(await isTheirs(found, wanted, parts))) {
    const text = 'somebody else took this address or sub in the meantime; nothing was done for it'
    return [faultText({ path, wanted: text })]
  }
  if (assignments.length > 0) await parts.accounts.assign(found.sub, assignments)
  return []
}

/** The account that is there, by the sub or else by the address. */
export const accountMeant = async (
  { sub, email }: SeedAccount,
  { accounts }: { accounts: Pick<AccountsForSeed, 'find' | 'findByEmail'> },
): Promise<Account | undefined> =>
  (sub === undefined ? undefined : await accounts.find(sub)) ?? accounts.findByEmail(email)

/** A sub is chosen by the operator only, a verified address proved. */
const isTheirs = async (
  found: Account,
  wanted: SeedAccount,
  { imported }: SeedAccountParts,
): Promise<boolean> => found.emailVerified || found.sub === wanted.sub || imported.has(found.sub)

const create = async (
  wanted: SeedAccount,
  assignments: readonly Assignment[],
  { accounts, imported, newId }: SeedAccountParts,
): Promise<boolean> => {
  const { sub = newId(), email, emailKey, password, name, locale } = wanted
  const emailVerified = wanted.email_verified ?? false
  // Before the account: one that is there and not noted would be a stranger's at the next start.
  if (!emailVerified && wanted.sub === undefined) await imported.add(sub)
  const person = { sub, email, emailKey, name, locale, emailVerified, roleIds: [], assignments }
  const { kind } = await accounts.create({ ...person, password, passwordHash: wanted.password_hash })
  return kind === 'created'
}
