import type { ChangeAccount } from './account-change.ts'
import type { Account } from './ports.ts'
import type { TakeOver } from './take-over.ts'

/**
 * Gives an account a password by the proof of its address, if it is still as it was read; otherwise undefined. Sessions
 * and grants from before are dead. Who proves an address for the first time takes the account over (C-15); otherwise
 * the second factors stay (ASVS 6.4.3).
 *
 * @param hash PHC string
 */
export type ResetPassword = (account: Account, hash: string) => Promise<Account | undefined>

export const resetPassword =
  ({ change, takeOver }: { change: ChangeAccount; takeOver: TakeOver }): ResetPassword =>
  async (read, hash) => {
    if (!read.emailVerified) return takeOver(read.sub, hash)
    const outcome = await change(read.sub, (account, at) =>
      isAsItWas(account, read) ? withPassword(account, hash, at) : undefined,
    )
    return outcome.kind === 'changed' ? outcome.account : undefined
  }

/** Nothing has ended what an account had then: no new password, no other address, no disabling. */
export const isAsItWas = (
  account: Account,
  { emailKey, validAfter }: Pick<Account, 'emailKey' | 'validAfter'>,
): boolean => !account.disabled && account.emailKey === emailKey && account.validAfter === validAfter

/** A new password, and the end of all that the former one let in; the clock of another process may be ahead. */
export const withPassword = ({ validAfter }: Account, hash: string, at: number): Partial<Account> => ({
  password: hash,
  passwordChangedAt: at,
  validAfter: Math.max(at, validAfter + 1),
})
