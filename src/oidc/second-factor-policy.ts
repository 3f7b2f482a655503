import { type Configuration, interactionPolicy } from 'oidc-provider'
import type { MfaPolicy } from '../domain/factors/policy.ts'
import type { AccountStore } from '../domain/ports.ts'
import { TWO_FACTORS } from './acr.ts'
import { ask } from './request-state.ts'

export interface SecondFactorPolicyParts {
  accounts: Pick<AccountStore, 'find'>
  /** What a sign-in by one factor still needs: nothing, a second one, or to set one up first. */
  demand: MfaPolicy['demand']
}

/** The reason why a session that stands is asked for a second factor and for nothing else. */
export const SECOND_FACTOR = 'second_factor'

/**
 * The engine's own policy, and one check more: a session of one factor is not enough for an account that has a second
 * one, or must have one. So it is for `acr_values` as well, which cannot ask for more: who has no factor goes on
 * with one. The session of a person who has just set one up is asked at its next authorization, silent ones included
 * (`login_required`).
 */
export const loginPolicy = ({
  accounts,
  demand,
}: SecondFactorPolicyParts): NonNullable<NonNullable<Configuration['interactions']>['policy']> => {
  const policy = interactionPolicy.base()
  const check = new interactionPolicy.Check(
    SECOND_FACTOR,
    'a second factor is required',
    'login_required',
    async ({ oidc: { session, account } }) => {
      if (!session?.accountId) return false
      // It ended after the session was read: the engine goes no further without one.
      if (!account) return true
      if (session.acr === TWO_FACTORS) return false
      const found = await ask(accounts.find(session.accountId))
      return found === undefined || (await ask(demand(found))) !== 'none'
    },
  )
  policy.get('login')?.checks.add(check)
  return policy
}
