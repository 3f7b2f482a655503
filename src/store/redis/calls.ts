import { Cluster, Command, type Redis } from 'ioredis'
import type { Metrics } from '../../domain/observe.ts'
import { Refusal } from '../../errors.ts'
import { storeUnavailable } from '../unavailable.ts'
import type { Reach } from './reach.ts'

/** Milliseconds after which a call has failed, whatever it waits for. */
const DEADLINE = 950

export type Argument = string | number

/** Sends one command; commands of one turn of the event loop travel together, in the order of the calls. */
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

/** Redis Cluster specification, "Redirection and resharding": these commands were not executed. */
const isRedirected = (error: unknown): boolean =>
  error instanceof Error &&
  (/^(MOVED|ASK|TRYAGAIN|CLUSTERDOWN) /.test(error.message) ||
    error.message.startsWith('All keys in the pipeline'))

/**
 * ioredis follows redirections of a pipeline only when all of its commands got the same one. A command that was
 * redirected beside others is sent once more by itself.
 */
const sender = (client: Redis | Cluster): Send => {
  if (!(client instanceof Cluster)) return (name, ...args) => client.call(name, ...args)
  return (name, ...args) =>
    client.call(name, ...args).catch((error: unknown) => {
      if (!isRedirected(error)) throw error
      const alone = new Command(name, args, { replyEncoding: 'utf8' })
      client.sendCommand(alone)
      return alone.promise
    })
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
        const timer = setTimeout(() => {
          reach.isTooLate()
          end(() => reject(storeUnavailable('Redis did not answer in time')))
        }, DEADLINE)
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
