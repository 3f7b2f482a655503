import { chmodSync, closeSync, existsSync, fsyncSync, openSync, renameSync, rmSync } from 'node:fs'
import { dirname } from 'node:path'
import { backup, DatabaseSync } from 'node:sqlite'
import { StartFault } from '../start-fault.ts'
import { guarded, makePrivateFile, refuseDamage } from './data-file.ts'

/** More than any file has: a copy in one step is one snapshot, which no writer can make start over. */
const ALL_PAGES = 0x7fffffff

/**
 * Copies the present state of a data file, which may be in use, to `to`. The copy runs on a connection and a thread
 * of its own, so neither readers nor writers wait for it.
 *
 * @throws StartFault if `to` exists or the copy is not sound
 */
export const backupDataFile = async (from: string, to: string): Promise<void> => {
  if (existsSync(to)) throw new StartFault(`the backup ${to} exists already; it is not overwritten`)
  const partial = `${to}.partial`
  rmSync(partial, { force: true })
  makePrivateFile(partial)
  try {
    await copy(from, partial)
    checkBackup(partial)
    persist(partial, to)
  } finally {
    for (const suffix of ['', '-wal', '-shm', '-journal']) rmSync(`${partial}${suffix}`, { force: true })
  }
}

const copy = async (from: string, partial: string): Promise<void> => {
  const source = guarded(from, () => new DatabaseSync(from, { readOnly: true }))
  try {
    await backup(source, partial, { rate: ALL_PAGES })
  } finally {
    source.close()
  }
}

/** Reads the whole copy once. Leaves it as one file without a WAL beside it. */
const checkBackup = (path: string): void =>
  guarded(path, () => {
    const db = new DatabaseSync(path)
    try {
      db.exec('pragma journal_mode = delete')
      refuseDamage(db, path, 'integrity_check')
    } finally {
      db.close()
    }
  })

/** Puts a finished file in its place so that a power loss leaves the old state or the new one. */
export const persist = (from: string, to: string): void => {
  chmodSync(from, 0o600)
  flush(from)
  renameSync(from, to)
  flush(dirname(to))
}

const flush = (path: string): void => {
  const file = openSync(path, 'r')
  try {
    fsyncSync(file)
  } finally {
    closeSync(file)
  }
}
