import { Refusal } from '../errors.ts'
import type { Account, AccountStore, Clock } from './ports.ts'

export interface PresentOrKnownParts {
  accounts: Pick<AccountStore, 'find' | 'present'>
  now: Clock
}

/** Milliseconds for which a store that is away is not asked again: each question would wait for its time limit. */
const REST = 1000

/**
 * The present account of who is at a browser. While the store is away it is the one in memory, if there is one: who is
 * signed in stays so, and memory knows of a change elsewhere within its own bounds.
 *
 * @returns rejects with `store_unavailable` if nobody knows
 */
export const presentOrKnown = ({ accounts, now }: PresentOrKnownParts): AccountStore['present'] => {
  let awayUntil = 0
  return async (sub): Promise<Account | undefined> => {
    if (now() < awayUntil) return accounts.find(sub)
    try {
      return await accounts.present(sub)
    } catch (error) {
      if (!(error instanceof Refusal) || error.code !== 'store_unavailable') throw error
      awayUntil = now() + REST
      return accounts.find(sub)
    }
  }
}
