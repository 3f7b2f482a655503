import type { Account } from '../../domain/ports.ts'
import { TWO_FACTORS } from '../../oidc/acr.ts'
import type { ConsoleSignIn } from '../../oidc/console-client.ts'
import type { Pending } from './pending.ts'

/** What a page wants proven; `maxAge` in seconds. */
export type Demand = Pending['demand']

/** Seconds for which a proof counts as fresh. */
const FRESH = 10 * 60

const hasSecondFactor = ({ factors: { totp, passkeys } }: Pick<Account, 'factors'>): boolean =>
  totp !== undefined || passkeys.length > 0

/** Before a sensitive change: a fresh proof, by both factors where there are two (ASVS 7.5.1). */
export const freshProof = (account: Pick<Account, 'factors'>): Demand => ({
  maxAge: FRESH,
  ...(hasSecondFactor(account) ? { acr: TWO_FACTORS } : {}),
})

/**
 * Whether a sign-in proves less than is wanted at a moment, counted in seconds as the engine does.
 *
 * @param at milliseconds
 */
export const lacks = (
  { authTime, acr }: Pick<ConsoleSignIn, 'authTime' | 'acr'>,
  demand: Demand,
  at: number,
): boolean =>
  (demand.maxAge !== undefined && Math.floor(at / 1000) - authTime > demand.maxAge) ||
  (demand.acr !== undefined && acr !== demand.acr)
