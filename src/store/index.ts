import { randomUUID } from 'node:crypto'
import type { Log, Metrics } from '../domain/observe.ts'
import type { Clock, Store } from '../domain/ports.ts'
import type { Finding } from './finding.ts'
import { openSqlite } from './sqlite/open.ts'
import { StartFault } from './start-fault.ts'

export { restoreBackup } from './sqlite/restore.ts'
export { StartFault, StoreAwayFault } from './start-fault.ts'

export interface StoreOptions {
  dataDir: string
  /** Addresses of the stores that several processes share; undefined for the embedded store in `dataDir`. */
  scale?: { mongodbUrl: string; redisUrl: string } | undefined
  /** A server holds the data directory for itself; `cli` works beside it in short transactions. */
  role: 'server' | 'cli'
  now: Clock
  log: Pick<Log, 'info' | 'warn' | 'error'>
  metrics: Pick<Metrics, 'store'>
  /** Milliseconds between removals of expired rows. */
  sweepInterval?: number
  /** Milliseconds, at most 1000, between looks at what other processes changed. */
  pollInterval?: number
}

export interface OpenedStore extends Store {
  /** Writes the present state to a new file, while the store is in use; StartFault where that cannot be. */
  backup(path: string): Promise<void>
  /** What an operator should know; rejects with `store_unavailable` where the store does not answer. */
  inspect(): Promise<Finding[]>
}

/**
 * Opens the store. The only place that knows which drivers there are.
 *
 * @throws StartFault if it cannot be used; the message is for the operator
 */
export const openStore = async (options: StoreOptions): Promise<OpenedStore> => {
  const { scale, role, sweepInterval = 15_000, pollInterval = 500 } = options
  if (!scale) return openSqlite({ ...options, sweepInterval, pollInterval })
  // Loaded when asked for: the embedded start needs neither driver in memory.
  const { openScale } = await import('./scale/open.ts')
  const id = role === 'server' ? randomUUID() : undefined
  return { ...(await openScale({ ...options, ...scale, id, pollInterval })), backup: refuseBackup }
}

/**
 * What an operator should know of a store, whether it can be used or not: what does not answer is a fault among the
 * findings. Opens and closes it.
 *
 * @throws StartFault if the embedded store cannot be opened
 */
export const inspectStore = async (options: StoreOptions): Promise<Finding[]> => {
  if (options.scale) {
    const { inspectScale } = await import('./scale/inspect.ts')
    return inspectScale({ ...options, ...options.scale })
  }
  const store = await openStore(options)
  try {
    return await store.inspect()
  } finally {
    await store.close()
  }
}

const refuseBackup = async (): Promise<never> => {
  throw new StartFault(
    'a backup copies the data file of the embedded store; in scale mode use mongodump, or gatehouse export for accounts, clients, roles and keys',
  )
}
