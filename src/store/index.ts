import type { Log, Metrics } from '../domain/observe.ts'
import type { Clock, Store } from '../domain/ports.ts'
import { openSqlite } from './sqlite/open.ts'
import { StartFault } from './start-fault.ts'

export { restoreBackup } from './sqlite/restore.ts'
export { StartFault } from './start-fault.ts'

export interface StoreOptions {
  dataDir: string
  mongodbUrl?: string | undefined
  redisUrl?: string | undefined
  /** A server holds the data directory for itself; `cli` works beside it in short transactions. */
  role: 'server' | 'cli'
  now: Clock
  log: Pick<Log, 'warn' | 'error'>
  metrics: Pick<Metrics, 'store'>
  /** Milliseconds between removals of expired rows. */
  sweepInterval?: number
  /** Milliseconds, at most 1000, between looks at what other processes changed. */
  pollInterval?: number
}

export interface OpenedStore extends Store {
  /** Removes expired rows now; resolves with their number. */
  sweep(): Promise<number>
  /** Writes the present state to a new file, while the store is in use. */
  backup(path: string): Promise<void>
}

/**
 * Opens the store. The only place that knows which drivers there are.
 *
 * @throws StartFault if it cannot be used; the message is for the operator
 */
export const openStore = async (options: StoreOptions): Promise<OpenedStore> => {
  if (options.mongodbUrl !== undefined || options.redisUrl !== undefined) {
    throw new StartFault(
      'MONGODB_URL and REDIS_URL ask for scale mode, which this release does not have yet; unset both for the embedded store',
    )
  }
  const { sweepInterval = 15_000, pollInterval = 500 } = options
  return openSqlite({ ...options, sweepInterval, pollInterval })
}
