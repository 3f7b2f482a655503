import { refuse } from '../errors.ts'

export interface TurnOptions {
  concurrency: number
  queue: number
  /** Hears how many wait, whenever that changes. */
  onWaiting?: (length: number) => void
}

/** Runs a work when its turn comes; rejects at once with the refusal `busy` when the queue is full. */
export type InTurn = <Result>(work: () => Promise<Result>) => Promise<Result>

/** Seconds; a full queue of hashes is about as long. */
const RETRY_AFTER = 5

/** Lets `concurrency` works run and `queue` works wait, first come, first served. */
export const turns = ({ concurrency, queue, onWaiting = () => undefined }: TurnOptions): InTurn => {
  const waiting: (() => void)[] = []
  let running = 0
  const turn = async (): Promise<void> => {
    if (running < concurrency) {
      running += 1
      return
    }
    if (waiting.length >= queue) throw refuse('busy', { retryAfter: RETRY_AFTER })
    const { promise, resolve } = Promise.withResolvers<void>()
    waiting.push(resolve)
    onWaiting(waiting.length)
    await promise
  }
  // A freed place goes to the first who waits, so `running` stays as it is then.
  const done = (): void => {
    const next = waiting.shift()
    if (!next) {
      running -= 1
      return
    }
    onWaiting(waiting.length)
    next()
  }
  return async (work) => {
    await turn()
    try {
      return await work()
    } finally {
      done()
    }
  }
}
