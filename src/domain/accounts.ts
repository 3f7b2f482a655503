import { parseEmail } from './email.ts'
import { normalisePassword } from './password-policy.ts'
import type { Account, AccountStore, Clock, Hasher } from './ports.ts'

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
  roleIds: readonly string[]
}

export type Created = { kind: 'created'; account: Account } | { kind: 'taken' }

/** The methods that change an account answer with it as it is then, or undefined if there is none. */
export interface Accounts {
  /** Creates an account; `taken` if the address or the sub has one, for all but one of any number of parallel calls. */
  create(input: NewAccount): Promise<Created>
  find(sub: string): Promise<Account | undefined>
  /** @param email in any spelling */
  findByEmail(email: string): Promise<Account | undefined>
  addRoles(sub: string, roleIds: readonly string[]): Promise<Account | undefined>
  /**
   * Sets a password and ends every session and grant from before.
   *
   * @param password in clear, accepted by the policy
   */
  setPassword(sub: string, password: string): Promise<Account | undefined>
  /** Ends every session and grant, and every sign-in until `enable`. */
  disable(sub: string): Promise<Account | undefined>
  /** What `disable` has ended stays ended. */
  enable(sub: string): Promise<Account | undefined>
}

export interface AccountParts {
  store: AccountStore
  hasher: Pick<Hasher, 'hash'>
  now: Clock
  newSub: () => string
}

/** The rules of accounts; `hash` and the store reject with the refusals `busy` and `store_unavailable`. */
export const accounts = ({ store, hasher, now, newSub }: AccountParts): Accounts => {
  const hashOf = (password: string): Promise<string> => hasher.hash(normalisePassword(password))

  const change = async (
    sub: string,
    changes: (account: Account, at: number) => Partial<Account>,
  ): Promise<Account | undefined> => {
    // Each `stale` means that somebody else got through, so this ends.
    for (;;) {
      const account = await store.find(sub)
      if (!account) return undefined
      const at = now()
      const changed = { ...account, updatedAt: at, ...changes(account, at) }
      const { kind } = await store.replace(changed)
      if (kind === 'replaced') return { ...changed, version: account.version + 1 }
      if (kind === 'taken') throw new Error('the store says that an account took its own address')
    }
  }

  return {
    async create({ password, passwordHash, ...input }) {
      if (await store.findByEmailKey(input.emailKey)) return { kind: 'taken' }
      const account = {
        ...newAccount(input, now(), newSub),
        password: passwordHash ?? (password === undefined ? undefined : await hashOf(password)),
      }
      const { kind } = await store.insert(account)
      return kind === 'inserted' ? { kind: 'created', account } : { kind: 'taken' }
    },
    find: (sub) => store.find(sub),
    async findByEmail(email) {
      const parsed = parseEmail(email)
      return parsed && store.findByEmailKey(parsed.key)
    },
    async addRoles(sub, roleIds) {
      return change(sub, ({ roles }) => ({
        roles: assignments([...roles.map(({ roleId }) => roleId), ...roleIds]),
      }))
    },
    async setPassword(sub, password) {
      const hash = await hashOf(password)
      return change(sub, (_, at) => ({ password: hash, validAfter: at }))
    },
    disable: (sub) => change(sub, (_, at) => ({ disabled: true, validAfter: at })),
    enable: (sub) => change(sub, () => ({ disabled: false })),
  }
}

const assignments = (roleIds: readonly string[]): Account['roles'] =>
  [...new Set(roleIds)].map((roleId) => ({ roleId }))

const newAccount = (
  { sub, email, emailKey, name, locale, emailVerified, roleIds }: NewAccount,
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
  factors: { totp: undefined, recoveryCodes: undefined, passkeys: [] },
  roles: assignments(roleIds),
  disabled: false,
  clientsValidAfter: [],
  deletion: undefined,
  // Sessions are born in whole seconds, and this account's first may be of the same one.
  validAfter: Math.floor(at / 1000) * 1000,
  createdAt: at,
  updatedAt: at,
  version: 1,
})
