import { digest } from '../digest.ts'
import type { CounterStore } from '../ports.ts'
import type { Doing, Notices } from './notices.ts'

/** Milliseconds. */
const DAY = 24 * 60 * 60_000

/**
 * Counts the wrong codes of an account over a day. Who stays below the limit of every window is noticed all the same,
 * and a right code forgets nothing: the owner's own would cover the guesses between them. One letter a day.
 *
 * @param most wrong codes before the owner is told
 */
export const guessWatch =
  ({ counters, notices, most }: { counters: CounterStore; notices: Notices; most: number }) =>
  async (doing: Doing): Promise<void> => {
    const { count } = await counters.increment(`code/day/${digest(doing.account.sub)}`, DAY)
    if (count === most) notices.guessed(doing)
  }
