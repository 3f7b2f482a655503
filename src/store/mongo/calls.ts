import type { Metrics } from '../../domain/observe.ts'
import { storeUnavailable } from '../unavailable.ts'
import { isMongoFault } from './mongo-error.ts'
import { recordTurns } from './turns.ts'

/** Milliseconds after which a call settles, whatever the network does. */
export const CALL_LIMIT = 900

/** Throws when the call's time is over: its caller has been refused, so it must not begin anything more. */
export type InTime = () => void

export interface Calls {
  /**
   * Runs a call of a port, made of one or more operations.
   *
   * @param operation name for the metrics
   * @throws Refusal `store_unavailable` if MongoDB does not answer in time or refuses, or the store was closed
   */
  run<Answer>(operation: string, work: (inTime: InTime) => Promise<Answer>): Promise<Answer>
  /** Like `run`, after the calls of this process that were made before for the same record have settled. */
  runInTurn<Answer>(
    operation: string,
    record: string,
    work: (inTime: InTime) => Promise<Answer>,
  ): Promise<Answer>
  /** Refuses later calls; resolves when those under way have settled. */
  close(): Promise<void>
}

export const calls = ({ metrics, limit }: { metrics: Pick<Metrics, 'store'>; limit: number }): Calls => {
  const turns = recordTurns()
  const underWay = new Set<Promise<unknown>>()
  let isClosed = false

  const settled = async <Answer>(work: (inTime: InTime) => Promise<Answer>): Promise<Answer> => {
    const late = Promise.withResolvers<never>()
    let isOver = false
    const giveUp = (): void => {
      isOver = true
      late.reject(storeUnavailable(new Error(`MongoDB did not answer within ${limit} ms`)))
    }
    // Where this process itself was held up, what has arrived meanwhile is read first.
    const timer = setTimeout(() => setImmediate(giveUp), limit)
    const inTime = (): void => {
      if (isOver) throw storeUnavailable(new Error('the call was given up'))
    }
    try {
      return await Promise.race([work(inTime), late.promise])
    } catch (error) {
      throw isMongoFault(error) ? storeUnavailable(error) : error
    } finally {
      clearTimeout(timer)
    }
  }

  const run: Calls['run'] = async (operation, work) => {
    if (isClosed) throw storeUnavailable(new Error('the store is closed'))
    const started = performance.now()
    const call = settled(work)
    underWay.add(call)
    try {
      return await call
    } finally {
      underWay.delete(call)
      metrics.store(operation, (performance.now() - started) / 1000)
    }
  }

  return {
    run,
    // A call that waits has its limit all the same, and one that was given up does not hold up the next.
    runInTurn: (operation, record, work) =>
      turns.next(record, (before) =>
        run(operation, async (inTime) => {
          await before
          inTime()
          return work(inTime)
        }),
      ),
    async close() {
      isClosed = true
      await Promise.allSettled(underWay)
    },
  }
}
