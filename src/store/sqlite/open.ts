import type { Log, Metrics } from '../../domain/observe.ts'
import type { Clock } from '../../domain/ports.ts'
import type { Finding } from '../finding.ts'
import { backupDataFile } from './backup.ts'
import { dataPath, guarded, makeDataDir, openDataFile } from './data-file.ts'
import { inspectDataFile } from './inspect.ts'
import { migrate, refuseNewerSchema, schemaNumber } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { type ServerLock, takeServerLock } from './server-lock.ts'
import { type SqliteStore, sqliteStore } from './store.ts'

export interface OpenSqliteOptions {
  dataDir: string
  /** One server holds the directory; `cli` opens the file beside it for short transactions. */
  role: 'server' | 'cli'
  now: Clock
  log: Pick<Log, 'warn' | 'error'>
  metrics: Pick<Metrics, 'store'>
  /** Milliseconds between removals of expired rows. */
  sweepInterval: number
  /** Milliseconds between looks at what other processes changed. */
  pollInterval: number
}

export interface OpenedSqlite extends SqliteStore {
  /** Writes the present state to a new file, while readers and writers go on. */
  backup(path: string): Promise<void>
  inspect(): Promise<Finding[]>
}

/** Milliseconds to wait for another process's transaction: a server must not stand still, a command may wait. */
const BUSY_TIMEOUT = { server: 500, cli: 5000 }

/** @throws StartFault if the directory is in use, or its file is damaged or of a newer release */
export const openSqlite = (options: OpenSqliteOptions): OpenedSqlite => {
  const { dataDir, role, now } = options
  makeDataDir(dataDir)
  const lock = role === 'server' ? takeServerLock(dataDir, process.pid) : undefined
  try {
    const path = dataPath(dataDir)
    const db = openDataFile(path, { busyTimeout: BUSY_TIMEOUT[role] })
    try {
      guarded(path, () => {
        refuseNewerSchema(db, path, { migrations })
        if (schemaNumber(db) < migrations.length)
          migrateLocked(dataDir, lock, () => migrate(db, { migrations, now }))
      })
      return opened(sqliteStore({ ...options, db }), path, lock)
    } catch (error) {
      db.close()
      throw error
    }
  } catch (error) {
    lock?.release()
    throw error
  }
}

/** The schema never changes under a running server: a command that finds an older file needs the lock as well. */
const migrateLocked = (dataDir: string, held: ServerLock | undefined, work: () => void): void => {
  const lock = held ?? takeServerLock(dataDir, process.pid)
  try {
    work()
  } finally {
    if (!held) lock.release()
  }
}

const opened = (store: SqliteStore, path: string, lock: ServerLock | undefined): OpenedSqlite => ({
  ...store,
  backup: (to) => backupDataFile(path, to),
  inspect: async () => inspectDataFile(path),
  async close() {
    await store.close()
    lock?.release()
  },
})
