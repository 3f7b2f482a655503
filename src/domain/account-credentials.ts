import type { ChangeOwn } from './account-change.ts'
import { noFactors } from './new-account.ts'
import { normalisePassword } from './password-policy.ts'
import { isBegun } from './pending-deletion.ts'
import type { Account, Factors, Hasher } from './ports.ts'

/** Changes of what proves a person; see `Accounts`. */
export interface AccountCredentials {
  /**
   * Sets a password and ends every session and grant from before.
   *
   * @param password in clear, accepted by the policy
   */
  setPassword(sub: string, password: string): Promise<Account | undefined>
  /** The owner of the account has proven its address. */
  verifyEmail(sub: string): Promise<Account | undefined>
  /**
   * The owner of an address that was never proven takes the account over from whoever registered it: all earlier ways
   * in, sessions and grants are dead, and so is a deletion. Undefined if the address was proven before.
   *
   * @param passwordHash PHC string; without one the account has no password
   */
  claim(sub: string, claimed: { passwordHash: string | undefined }): Promise<Account | undefined>
  /** @param changes makes the factors of the present ones, once for each attempt; undefined leaves them alone */
  changeFactors(
    sub: string,
    changes: (factors: Factors, account: Account) => Factors | undefined,
  ): Promise<Account | undefined>
}

export const accountCredentials = (hasher: Pick<Hasher, 'hash'>, change: ChangeOwn): AccountCredentials => ({
  async setPassword(sub, password) {
    const hash = await hasher.hash(normalisePassword(password))
    return change(sub, (_, at) => ({ password: hash, passwordChangedAt: at, validAfter: at }))
  },
  verifyEmail: (sub) => change(sub, () => ({ emailVerified: true })),
  claim: (sub, { passwordHash }) =>
    change(sub, (account, at) => {
      if (account.emailVerified || isBegun(account.deletion)) return undefined
      return {
        emailVerified: true,
        password: passwordHash,
        passwordChangedAt: passwordHash === undefined ? undefined : at,
        factors: noFactors(),
        validAfter: at,
        deletion: undefined,
      }
    }),
  changeFactors: (sub, changes) =>
    change(sub, (account) => {
      const factors = changes(account.factors, account)
      // A sign-in changes factors, and is no change of what others know about the person.
      return factors && { factors, updatedAt: account.updatedAt }
    }),
})
