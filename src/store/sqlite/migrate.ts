import type { DatabaseSync } from 'node:sqlite'
import type { Clock } from '../../domain/ports.ts'
import { StartFault } from '../start-fault.ts'
import { integer } from './row.ts'

/** One forward step of the schema; there is no way back but a backup. */
export interface Migration {
  number: number
  name: string
  up(db: DatabaseSync): void
}

/** The last migration that was applied to the file; 0 for a new one. */
export const schemaNumber = (db: DatabaseSync): number => {
  const table = db.prepare("select 1 from sqlite_schema where type = 'table' and name = 'migrations'").get()
  if (!table) return 0
  const row = db.prepare('select coalesce(max(number), 0) as number from migrations').get()
  return row ? integer(row, 'number') : 0
}

/** @throws StartFault if a newer release has written the file */
export const refuseNewerSchema = (
  db: DatabaseSync,
  path: string,
  { migrations }: { migrations: readonly Migration[] },
): void => {
  const present = schemaNumber(db)
  const known = migrations.at(-1)?.number ?? 0
  if (present <= known) return
  throw new StartFault(
    `the data file ${path} was written by a newer release (schema ${present}, this release knows up to ${known}); ` +
      'run that release, or restore a backup that was taken before the upgrade',
  )
}

/** Applies what is missing, each step in a transaction of its own. The caller holds the server lock. */
export const migrate = (
  db: DatabaseSync,
  { migrations, now }: { migrations: readonly Migration[]; now: Clock },
): void => {
  const present = schemaNumber(db)
  for (const migration of migrations) {
    if (migration.number > present) apply(db, migration, now)
  }
}

const apply = (db: DatabaseSync, migration: Migration, now: Clock): void => {
  db.exec('begin immediate')
  try {
    db.exec(
      'create table if not exists migrations (number integer primary key, name text not null, applied_at integer not null) strict',
    )
    migration.up(db)
    db.prepare('insert into migrations (number, name, applied_at) values (?, ?, ?)').run(
      migration.number,
      migration.name,
      now(),
    )
    db.exec('commit')
  } catch (error) {
    if (db.isTransaction) db.exec('rollback')
    throw error
  }
}
