import { distinct } from './access/assignment.ts'
import { normalisePassword } from './password-policy.ts'
import type { Account, AccountStore, Assignment, Clock, Factors, Hasher } from './ports.ts'

/** An account to be. With neither `password` nor `passwordHash` it cannot sign in by password. */
export interface NewAccount {
  /** Chosen by an import; otherwise made. No `@`, never reused. */
  sub?: string | undefined
  email: string
  /** `key` of `parseEmail`. */
  emailKey: string
  /** In clear, accepted by the policy. */
  password?: string | undefined
  /** PHC string; wins over `password`. */
  passwordHash?: string | undefined
  name?: string | undefined
  /** BCP 47. */
  locale?: string | undefined
  emailVerified: boolean
  /** Roles without anything that narrows them. */
  roleIds: readonly string[]
  /** Assignments beside these. */
  assignments?: readonly Assignment[] | undefined
}

export type Created = { kind: 'created'; account: Account } | { kind: 'taken' }

export interface AccountParts {
  store: AccountStore
  hasher: Pick<Hasher, 'hash'>
  now: Clock
  newSub: () => string
}

/** Creates an account; `taken` if the address or the sub has one, for all but one of any number of parallel calls. */
export const createAccount =
  ({ store, hasher, now, newSub }: AccountParts) =>
  async ({ password, passwordHash, ...input }: NewAccount): Promise<Created> => {
    if (await store.findByEmailKey(input.emailKey)) return { kind: 'taken' }
    const hash = password === undefined ? undefined : () => hasher.hash(normalisePassword(password))
    const account = { ...newAccount(input, now(), newSub), password: passwordHash ?? (await hash?.()) }
    const { kind } = await store.insert(account)
    return kind === 'inserted' ? { kind: 'created', account } : { kind: 'taken' }
  }

/** Each once. */
const assigned = (roleIds: readonly string[], more: readonly Assignment[]): Assignment[] =>
  distinct([...roleIds.map((roleId) => ({ roleId })), ...more])

export const noFactors = (): Factors => ({ totp: undefined, recoveryCodes: undefined, passkeys: [] })

const newAccount = (
  { sub, email, emailKey, name, locale, emailVerified, roleIds, assignments = [] }: NewAccount,
  at: number,
  newSub: () => string,
): Omit<Account, 'password'> => ({
  sub: sub ?? newSub(),
  email,
  emailKey,
  emailVerified,
  name,
  locale,
  passwordChangedAt: undefined,
  factors: noFactors(),
  roles: assigned(roleIds, assignments),
  disabled: false,
  clientsValidAfter: [],
  deletion: undefined,
  // Sessions are born in whole seconds, and this account's first may be of the same one.
  validAfter: Math.floor(at / 1000) * 1000,
  createdAt: at,
  updatedAt: at,
  version: 1,
})
