import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { StartFault } from '../start-fault.ts'
import { guarded, makePrivateFile, startFault } from './data-file.ts'
import { integer } from './row.ts'
import { isBusy } from './sqlite-error.ts'

export interface ServerLock {
  release(): void
}

/** Milliseconds: long enough for a command line call that migrates, too short to be felt. */
const PATIENCE = 500

/**
 * Takes the lock that one server holds for its whole life: an open write transaction on a tiny SQLite file of its
 * own. The operating system drops it with the process, however that dies; readers still see whose it is.
 *
 * @throws StartFault, naming the holder, if another process has it
 */
export const takeServerLock = (dataDir: string, pid: number): ServerLock => {
  const path = join(dataDir, 'server.lock')
  makePrivateFile(path)
  const db = guarded(path, () => new DatabaseSync(path, { timeout: PATIENCE }))
  try {
    hold(db, pid)
  } catch (error) {
    const fault = isBusy(error) ? inUse(dataDir, holderOf(db)) : startFault(path, error)
    db.close()
    throw fault
  }
  return {
    release() {
      if (db.isOpen) db.close()
    },
  }
}

/** The name must be committed before the lock is held, so another process may come between: then try again. */
const hold = (db: DatabaseSync, pid: number): void => {
  for (;;) {
    db.exec('begin immediate')
    if (holderOf(db) === pid) return
    db.exec('create table if not exists holder (pid integer not null) strict; delete from holder')
    db.prepare('insert into holder (pid) values (?)').run(pid)
    db.exec('commit')
  }
}

const holderOf = (db: DatabaseSync): number | undefined => {
  try {
    const row = db.prepare('select pid from holder').get()
    return row && integer(row, 'pid')
  } catch {
    // Another process is writing its name at this moment.
    return undefined
  }
}

const inUse = (dataDir: string, pid: number | undefined): StartFault => {
  const holder = pid === undefined ? 'another process' : `process ${pid}`
  return new StartFault(
    `the data directory ${dataDir} is in use by ${holder}; one server may use it at a time (stop that one, or give this one its own DATA_DIR)`,
  )
}
