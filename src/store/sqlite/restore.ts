import { copyFileSync, existsSync, renameSync, rmSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../domain/ports.ts'
import { StartFault } from '../start-fault.ts'
import { persist } from './backup.ts'
import { dataPath, guarded, makeDataDir, openDataFile, refuseDamage } from './data-file.ts'
import { refuseNewerSchema, schemaNumber } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { takeServerLock } from './server-lock.ts'

export interface RestoreOptions {
  /** Path of the backup. */
  from: string
  dataDir: string
  now: Clock
}

/**
 * Puts a backup in the place of the data file. What was there is kept beside it.
 *
 * @returns where the replaced data file is kept, if there was one
 * @throws StartFault if a server runs on the directory or the backup is not usable; nothing has changed then
 */
export const restoreBackup = ({ from, dataDir, now }: RestoreOptions): string | undefined => {
  if (!existsSync(from)) throw new StartFault(`there is no backup at ${from}`)
  makeDataDir(dataDir)
  const lock = takeServerLock(dataDir, process.pid)
  try {
    const path = dataPath(dataDir)
    const partial = `${path}.partial`
    copyFileSync(from, partial)
    try {
      checkUsable(partial, from)
      const kept = moveAway(path, now())
      persist(partial, path)
      return kept
    } finally {
      rmSync(partial, { force: true })
    }
  } finally {
    lock.release()
  }
}

const checkUsable = (path: string, from: string): void =>
  guarded(from, () => {
    const db = new DatabaseSync(path)
    try {
      refuseDamage(db, from, 'integrity_check')
      if (schemaNumber(db) === 0) throw new StartFault(`the file ${from} is not a backup of Gatehouse`)
      refuseNewerSchema(db, from, { migrations })
    } finally {
      db.close()
    }
  })

/** A WAL must never meet another data file, so it is merged or goes first. */
const moveAway = (path: string, now: number): string | undefined => {
  if (!existsSync(path)) return undefined
  const kept = `${path}.replaced-${new Date(now).toISOString().replaceAll(':', '')}`
  try {
    openDataFile(path, { busyTimeout: 1000 }).close()
  } catch {
    // Damaged: it is kept as it is.
  }
  for (const suffix of ['-wal', '-shm', '']) {
    if (existsSync(`${path}${suffix}`)) renameSync(`${path}${suffix}`, `${kept}${suffix}`)
  }
  return kept
}
