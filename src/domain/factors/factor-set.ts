import type { Account, Factors, RecoveryCodes } from '../ports.ts'

/** Whether the person has a second factor; recovery codes stand in for one and are none. */
export const hasFactor = ({ factors: { totp, passkeys } }: Pick<Account, 'factors'>): boolean =>
  totp !== undefined || passkeys.length > 0

/** With the last factor go the codes that stand in for it. */
export const withoutOrphans = (factors: Factors): Factors =>
  hasFactor({ factors }) ? factors : { ...factors, recoveryCodes: undefined }

/** The first factor brings its recovery codes; who has some keeps them. */
export const withCodes = (factors: Factors, made: RecoveryCodes | undefined): Factors => ({
  ...factors,
  recoveryCodes: factors.recoveryCodes ?? made,
})
