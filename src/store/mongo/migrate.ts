import type { Db } from 'mongodb'
import type { Clock } from '../../domain/ports.ts'
import { StartFault } from '../start-fault.ts'
import { isDuplicate } from './mongo-error.ts'

/**
 * One forward step of the schema. Several processes may run it at once, it may have ended half way before, and older
 * processes go on beside it until they are replaced: it only adds, and does nothing where that is there already.
 */
export interface Migration {
  number: number
  name: string
  up(db: Db): Promise<void>
}

interface Applied {
  _id: number
  name: string
  appliedAt: number
}

/** The last migration that was applied to the database; 0 for a new one. */
export const schemaNumber = async (db: Db): Promise<number> => {
  const last = await db.collection<Applied>('migrations').findOne({}, { sort: { _id: -1 } })
  return last?._id ?? 0
}

/** @throws StartFault if a newer release has written the database */
export const refuseNewerSchema = (
  present: number,
  { database, migrations }: { database: string; migrations: readonly Migration[] },
): void => {
  const known = migrations.at(-1)?.number ?? 0
  if (present <= known) return
  throw new StartFault(
    `the MongoDB database ${database} was written by a newer release (schema ${present}, this release knows up to ${known}); ` +
      'run that release, or restore a backup that was taken before the upgrade',
  )
}

/** Applies what comes after `present`; a step is written down when it is complete. */
export const migrate = async (
  db: Db,
  { present, migrations, now }: { present: number; migrations: readonly Migration[]; now: Clock },
): Promise<void> => {
  const applied = db.collection<Applied>('migrations')
  for (const { number, name, up } of migrations) {
    if (number <= present) continue
    await up(db)
    await applied.insertOne({ _id: number, name, appliedAt: now() }).catch((error: unknown) => {
      if (!isDuplicate(error)) throw error
    })
  }
}
