import { storeUnavailable } from '../unavailable.ts'
import type { Send } from './calls.ts'
import type { Reach } from './reach.ts'

/** Milliseconds in which replicas must confirm; reads of the same connection wait behind it. */
const WAIT_TIMEOUT = 300

/**
 * Makes a write be acknowledged only when replicas have it (WAIT, which speaks of the connection's own writes). Writes
 * of one turn of the event loop share one WAIT.
 */
export type Confirm = <Result>(write: () => Promise<Result>) => Promise<Result>

/** @param replicas how many must confirm; none costs nothing */
export const confirm = (replicas: number, send: Send, reach: Reach): Confirm => {
  if (replicas === 0) return (write) => write()
  let round: Promise<unknown> | undefined

  const confirmations = (): Promise<unknown> => {
    // Scheduled before the write, so before ioredis schedules the pipeline that takes both.
    round ??= new Promise<void>((resolve) => setImmediate(resolve)).then(() => {
      round = undefined
      return send('wait', replicas, WAIT_TIMEOUT)
    })
    return round
  }

  return async (write) => {
    const connection = reach.connection()
    const [count, result] = await Promise.all([confirmations(), write()])
    if (reach.connection() !== connection) throw storeUnavailable('the connection of a write was lost')
    if (typeof count !== 'number' || count < replicas) {
      throw storeUnavailable(`${count} of ${replicas} replicas have confirmed a write`)
    }
    return result
  }
}
