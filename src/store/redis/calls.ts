import { Cluster, type Redis } from 'ioredis'
import type { Metrics } from '../../domain/observe.ts'
import { Refusal } from '../../errors.ts'
import { storeUnavailable } from '../unavailable.ts'
import type { Reach } from './reach.ts'

/** Milliseconds after which a call has failed, whatever it waits for. */
const DEADLINE = 950

export type Argument = string | number

/** Sends one command, after those that were called before it. */
export type Send = (name: string, ...args: Argument[]) => Promise<unknown>

export interface Calls {
  send: Send
  /**
   * Runs a call of the store: `work` starts at once if Redis can be reached, and ends within a second.
   *
   * @param work is told whether its time is over
   */
  run<Result>(work: (isOver: () => boolean) => Promise<Result>): Promise<Result>
  /** Refuses later calls and resolves when those under way have ended. */
  close(): Promise<void>
}

/** A cluster would keep what it is given while no node can be reached, and send it when nobody waits for it any more. */
const sender = (client: Redis | Cluster): Send => {
  if (!(client instanceof Cluster)) return (name, ...args) => client.call(name, ...args)
  return async (name, ...args) => {
    if (client.status !== 'ready') throw new Error('no node of the cluster can be reached')
    return client.call(name, ...args)
  }
}

/** Errors of ioredis carry the arguments of their command, which are nobody's business. */
const refusal = (error: unknown): Refusal => {
  if (error instanceof Refusal) return error
  return storeUnavailable(error instanceof Error && 'command' in error ? new Error(error.message) : error)
}

export interface CallsParts {
  client: Redis | Cluster
  reach: Reach
  metrics: Pick<Metrics, 'store'>
}

export const calls = ({ client, reach, metrics }: CallsParts): Calls => {
  let underWay = 0
  let closing: PromiseWithResolvers<void> | undefined

  const ended = (start: number): void => {
    metrics.store('redis', (performance.now() - start) / 1000)
    underWay -= 1
    if (underWay === 0) closing?.resolve()
  }

  return {
    send: sender(client),
    run(work) {
      if (closing) return Promise.reject(storeUnavailable('the store is closed'))
      const start = performance.now()
      underWay += 1
      return new Promise((resolve, reject) => {
        let isOver = false
        const end = (settle: () => void): void => {
          if (isOver) return
          isOver = true
          clearTimeout(timer)
          settle()
          ended(start)
        }
        const giveUp = (): void => {
          if (isOver) return
          reach.isTooLate()
          end(() => reject(storeUnavailable('Redis did not answer in time')))
        }
        // Where this process itself was held up, what has arrived meanwhile is read first.
        const timer = setTimeout(() => setImmediate(giveUp), DEADLINE)
        reach
          .within(() => work(() => isOver))
          .then(
            (result) => end(() => resolve(result)),
            (error) => end(() => reject(refusal(error))),
          )
      })
    },
    close() {
      if (!closing) {
        closing = Promise.withResolvers()
        if (underWay === 0) closing.resolve()
      }
      return closing.promise
    },
  }
}
