import type { SQLOutputValue, StatementResultingChanges } from 'node:sqlite'
import { DamagedRecord } from '../damaged-record.ts'

export type Row = Record<string, SQLOutputValue>

const damaged = (column: string): DamagedRecord => new DamagedRecord(`column ${column} has an unusable value`)

export const text = (row: Row, column: string): string => {
  const value = row[column]
  if (typeof value !== 'string') throw damaged(column)
  return value
}

export const integer = (row: Row, column: string): number => {
  const value = row[column]
  if (typeof value !== 'number') throw damaged(column)
  return value
}

export const optionalText = (row: Row, column: string): string | undefined =>
  row[column] === null ? undefined : text(row, column)

export const optionalInteger = (row: Row, column: string): number | undefined =>
  row[column] === null ? undefined : integer(row, column)

/** True if the statement inserted, updated or deleted a row. Cheaper than RETURNING. */
export const hasChanged = ({ changes }: StatementResultingChanges): boolean => changes !== 0
