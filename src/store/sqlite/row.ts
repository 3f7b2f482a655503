import type { SQLOutputValue, StatementResultingChanges } from 'node:sqlite'
import type { JsonObject } from '../../domain/ports.ts'

export type Row = Record<string, SQLOutputValue>

/** A record that came back from the file is not what this code wrote. */
export class DamagedRecord extends Error {
  override readonly name = 'DamagedRecord'
}

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

const isJsonObject = (value: unknown): value is JsonObject =>
  typeof value === 'object' && value !== null && !Array.isArray(value)

/** @throws DamagedRecord if the text is not a JSON object */
export const jsonObject = (json: string): JsonObject => {
  let value: unknown
  try {
    value = JSON.parse(json)
  } catch (cause) {
    throw new DamagedRecord('a record is not JSON', { cause })
  }
  if (!isJsonObject(value)) throw new DamagedRecord('a record is not a JSON object')
  return value
}
