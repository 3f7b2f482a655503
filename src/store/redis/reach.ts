import type { Log } from '../../domain/observe.ts'

/** What the connection tells about itself; ioredis's `Redis` and `Cluster` both do. */
interface Connection {
  on(event: 'ready' | 'close', listener: () => void): unknown
  on(event: 'error', listener: (error: Error) => void): unknown
}

export interface Reach {
  /** Runs `work` at once, or when the connection that is being made is there; rejects while Redis is out of reach. */
  within<Result>(work: () => Promise<Result>): Promise<Result>
  /** A call waited for the connection in vain. */
  isTooLate(): void
  /** Changes when the connection does. */
  connection(): number
  /** Nothing is told any more. */
  end(): void
}

const nothing = (): void => undefined

interface Gate {
  opened: Promise<void>
  open(): void
  refuse(error: Error): void
}

const gate = (): Gate => {
  const { promise, resolve, reject } = Promise.withResolvers<void>()
  promise.catch(nothing)
  return { opened: promise, open: resolve, refuse: reject }
}

/**
 * Follows whether Redis can be reached. While a connection is made calls wait for it, in their order; once an attempt
 * has failed they are refused at once until Redis is back. Each outage is told once, and its end.
 */
export const reach = (connection: Connection, log: Pick<Log, 'warn'>): Reach => {
  let connecting: Gate | undefined = gate()
  let away: Error | undefined
  let isTold = false
  let isEnded = false
  let count = 0

  const lose = (reason: Error): void => {
    if (isEnded) return
    // The message only: errors of commands carry their arguments, and those of AUTH a password.
    away = new Error(reason.message)
    connecting?.refuse(away)
    connecting = undefined
    if (isTold) return
    isTold = true
    log.warn({ reason: reason.message }, 'Redis is out of reach')
  }

  connection.on('ready', () => {
    away = undefined
    connecting?.open()
    connecting = undefined
    if (!isTold || isEnded) return
    isTold = false
    log.warn({}, 'Redis is back')
  })
  connection.on('error', lose)
  connection.on('close', () => {
    count += 1
    if (away === undefined) connecting ??= gate()
  })

  return {
    within(work) {
      if (connecting) return connecting.opened.then(work)
      if (away) return Promise.reject(away)
      return new Promise((resolve) => resolve(work()))
    },
    isTooLate() {
      if (connecting) lose(new Error('no connection in time'))
    },
    connection: () => count,
    end() {
      isEnded = true
    },
  }
}
