import { setImmediate as nextTurn } from 'node:timers/promises'
import type { Parts } from './parts.ts'

/** Rows removed in one piece of work, a few milliseconds. */
const CHUNK = 200

/** @returns a function that removes every expired row, chunk by chunk, and resolves with their number */
export const sweeper = ({
  db,
  commit,
  now,
}: Pick<Parts, 'db' | 'commit' | 'now'>): (() => Promise<number>) => {
  const statements = [
    ['artifacts', 'expires_at'],
    ['marks', 'expires_at'],
    ['counters', 'reset_at'],
  ].map(([table, end]) =>
    db.prepare(
      `delete from ${table} where rowid in (select rowid from ${table} where ${end} <= ? limit ${CHUNK})`,
    ),
  )
  return async () => {
    let total = 0
    for (const statement of statements) {
      for (;;) {
        const removed = await commit.write(() => Number(statement.run(now()).changes))
        total += removed
        if (removed < CHUNK) break
        await nextTurn()
      }
    }
    return total
  }
}
