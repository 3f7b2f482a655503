import { chmodSync, closeSync, existsSync, mkdirSync, openSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartFault } from '../start-fault.ts'
import { isDamage } from './sqlite-error.ts'

export const dataPath = (dataDir: string): string => join(dataDir, 'gatehouse.sqlite')

/** Creates the directory (0700) if it is missing. */
export const makeDataDir = (dataDir: string): void => {
  try {
    mkdirSync(dataDir, { recursive: true, mode: 0o700 })
  } catch (cause) {
    throw new StartFault(`the data directory ${dataDir} cannot be created`, { cause })
  }
}

/**
 * Makes sure that the file exists and that only its owner may read it; SQLite gives its side files the same mode.
 * A file that exists is never opened here: closing it would drop SQLite's locks of this process.
 */
export const makePrivateFile = (path: string): void => {
  try {
    if (!existsSync(path)) closeSync(openSync(path, 'a', 0o600))
    if ((statSync(path).mode & 0o077) !== 0) chmodSync(path, 0o600)
  } catch (cause) {
    throw new StartFault(`the file ${path} cannot be created or made private`, { cause })
  }
}

/** Pages of the WAL after which it is copied into the file: rarer, but longer pauses. */
const CHECKPOINT_PAGES = 4000
const CACHE_KIBIBYTES = 32_000

/**
 * Opens the data file for reading and writing: WAL, and an fsync for each commit.
 *
 * @param busyTimeout milliseconds to wait for another process's transaction
 * @throws StartFault if the file cannot be used
 */
export const openDataFile = (path: string, { busyTimeout }: { busyTimeout: number }): DatabaseSync => {
  makePrivateFile(path)
  const db = guarded(path, () => new DatabaseSync(path, { timeout: busyTimeout }))
  try {
    guarded(path, () => {
      db.exec(
        `pragma journal_mode = wal; pragma synchronous = full; pragma cache_size = -${CACHE_KIBIBYTES};
         pragma wal_autocheckpoint = ${CHECKPOINT_PAGES}; pragma journal_size_limit = 67108864`,
      )
      checkPages(db, path)
    })
  } catch (error) {
    db.close()
    throw error
  }
  return db
}

/** A larger file would delay the start; damage there is refused when it is met. */
const MOST_BYTES_CHECKED = 32 * 1024 * 1024

const checkPages = (db: DatabaseSync, path: string): void => {
  if (statSync(path).size > MOST_BYTES_CHECKED) return
  refuseDamage(db, path, 'quick_check')
}

/** @throws StartFault with SQLite's first finding */
export const refuseDamage = (
  db: DatabaseSync,
  path: string,
  check: 'quick_check' | 'integrity_check',
): void => {
  const finding = Object.values(db.prepare(`pragma ${check}(1)`).get() ?? {})[0]
  if (finding !== 'ok') throw damageFault(path, finding)
}

const damageFault = (path: string, cause: unknown): StartFault =>
  new StartFault(`the data file ${path} is damaged; restore a backup`, { cause })

/** Says what node:sqlite threw in a sentence for the operator. */
export const startFault = (path: string, error: unknown): StartFault => {
  if (error instanceof StartFault) return error
  if (isDamage(error)) return damageFault(path, error)
  const reason = error instanceof Error ? error.message : String(error)
  return new StartFault(`the file ${path} cannot be opened: ${reason}`, { cause: error })
}

/** Runs `work` on the file; whatever it throws becomes a StartFault. */
export const guarded = <Result>(path: string, work: () => Result): Result => {
  try {
    return work()
  } catch (error) {
    throw startFault(path, error)
  }
}
