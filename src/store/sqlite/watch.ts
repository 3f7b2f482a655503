import type { DatabaseSync } from 'node:sqlite'
import { integer } from './row.ts'

/**
 * Tells whether another connection has changed the file since the last call.
 * https://www.sqlite.org/pragma.html#pragma_data_version
 */
export const foreignChanges = (db: DatabaseSync): (() => boolean) => {
  const statement = db.prepare('pragma data_version')
  const present = (): number => integer(statement.get() ?? {}, 'data_version')
  let last = present()
  return () => {
    const version = present()
    const isChanged = version !== last
    last = version
    return isChanged
  }
}
