import type { Log } from './observe.ts'
import { turns } from './turns.ts'

/** Takes work that the answer must not wait for: neither its time nor its outcome tells the caller anything. */
export interface Afterwards {
  (work: () => Promise<unknown>): void
  /** Resolves when all work taken so far is done, or logged as failed. */
  settled(): Promise<void>
}

const CONCURRENCY = 4
/** Works that may wait; what comes beyond is dropped and logged. */
const QUEUE = 1_000

/** Does the work soon, a few at a time; what fails is logged. */
export const afterwards = ({ log }: { log: Pick<Log, 'error'> }): Afterwards => {
  const inTurn = turns({ concurrency: CONCURRENCY, queue: QUEUE })
  const pending = new Set<Promise<unknown>>()
  const done = async (work: () => Promise<unknown>): Promise<void> => {
    await new Promise((resolve) => setImmediate(resolve))
    try {
      await inTurn(work)
    } catch (err) {
      log.error({ err }, 'work after an answer was not done')
    }
  }
  const take = (work: () => Promise<unknown>): void => {
    const doing = done(work).finally(() => pending.delete(doing))
    pending.add(doing)
  }
  return Object.assign(take, {
    async settled() {
      while (pending.size > 0) await Promise.all(pending)
    },
  })
}
