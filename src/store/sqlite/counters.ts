import type { Counter, CounterStore } from '../../domain/ports.ts'
import type { Parts } from './parts.ts'
import { integer, type Row } from './row.ts'

const fromRow = (row: Row): Counter => ({ count: integer(row, 'count'), resetAt: integer(row, 'reset_at') })

export const counterStore = ({ db, commit, now }: Parts): CounterStore => {
  // The smaller end wins, so that a clock that stepped back locks nobody out for longer than a window.
  const increment = db.prepare(
    `insert into counters (key, count, reset_at) values (:key, 1, :end)
     on conflict do update set
       count = case when reset_at > :now then count + 1 else 1 end,
       reset_at = case when reset_at > :now then min(reset_at, :end) else :end end
     returning count, reset_at`,
  )
  const read = db.prepare('select count, reset_at from counters where key = ? and reset_at > ?')
  const decrement = db.prepare('update counters set count = max(count - 1, 0) where key = ? and reset_at > ?')
  const reset = db.prepare('delete from counters where key = ?')

  return {
    increment: (key, window) =>
      commit.write(() => {
        const row = increment.get({ key, now: now(), end: now() + window })
        if (!row) throw new Error('the upsert of a counter returned no row')
        return fromRow(row)
      }),
    read: (key) =>
      commit.read(() => {
        const row = read.get(key, now())
        return row && fromRow(row)
      }),
    decrement: (key) =>
      commit.write(() => {
        decrement.run(key, now())
      }),
    reset: (key) =>
      commit.write(() => {
        reset.run(key)
      }),
  }
}
