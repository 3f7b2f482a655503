import type { Facts } from './facts.ts'
import { noFacts } from './facts.ts'

type Counts = Record<keyof Facts, number>

const countsOf = (facts: Facts): Counts => ({
  codes: facts.codes.length,
  refreshTokens: facts.refreshTokens.length,
  revoked: facts.revoked.length,
  accounts: facts.accounts.length,
  ended: facts.ended.length,
  alive: facts.alive.length,
})

/** Facts, and when there was how much of them. */
export interface Timeline {
  facts: Facts
  /** To be called at each new fact. */
  acknowledged(): void
  /**
   * What had been acknowledged by then, in milliseconds of `performance.now()`; without the refresh tokens that were
   * presented last, as they have changed since.
   */
  asOf(time: number): Facts
}

export const timeline = (): Timeline => {
  const facts = noFacts()
  const counts: { at: number; counts: Counts }[] = []
  return {
    facts,
    acknowledged: () => void counts.push({ at: performance.now(), counts: countsOf(facts) }),
    asOf(time) {
      const then = counts.findLast(({ at }) => at <= time)?.counts ?? countsOf(noFacts())
      const { codes, revoked, accounts, ended, alive } = facts
      return {
        codes: codes.slice(0, then.codes),
        refreshTokens: [],
        revoked: revoked.slice(0, then.revoked),
        accounts: accounts.slice(0, then.accounts),
        ended: ended.slice(0, then.ended),
        alive: alive.slice(0, then.alive),
      }
    },
  }
}
