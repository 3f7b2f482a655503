import type { AccountStore } from '../../domain/ports.ts'
import { copyOfAccount, costOfAccount } from '../account-record.ts'
import { generationCache } from '../cache.ts'

/** Characters in one generation: more than in the embedded store, as what is missing costs a round trip. */
const CACHE_LIMIT = 24_000_000

export interface CachedAccounts extends AccountStore {
  /** Drops an account that has changed; without a sub all, as any may have. */
  forget(sub: string | undefined): void
}

/**
 * Accounts that were asked for by their sub, in memory until the feed of changes says otherwise: nearly every request
 * looks at one. Look-ups by address go to the store, and nobody is remembered as absent.
 */
export const cachedAccounts = (accounts: AccountStore): CachedAccounts => {
  const cache = generationCache(CACHE_LIMIT, costOfAccount)
  let notices = 0
  const forget = (sub: string | undefined): void => {
    notices++
    if (sub === undefined) cache.clear()
    else cache.delete(sub)
  }
  return {
    ...accounts,
    async replace(account) {
      const outcome = await accounts.replace(account)
      // Who reads again must not get what was stale, even where the notice has not arrived.
      if (outcome.kind === 'stale') forget(account.sub)
      return outcome
    },
    async find(sub) {
      const cached = cache.get(sub)
      if (cached) return copyOfAccount(cached)
      const asOf = notices
      const account = await accounts.find(sub)
      // What was read before a notice may be what the notice is about.
      if (account && asOf === notices) cache.set(sub, copyOfAccount(account))
      return account
    },
    async present(sub) {
      const asOf = notices
      const account = await accounts.present(sub)
      const isLatest = asOf === notices
      // Nobody who asks next gets what is older, not even what is being read now.
      forget(sub)
      if (account && isLatest) cache.set(sub, copyOfAccount(account))
      return account
    },
    forget,
  }
}
