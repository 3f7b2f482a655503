import type { Filter } from 'mongodb'
import type { Stored } from './stored.ts'

/** All that may stand in a filter besides the operators of this file. */
export type Scalar = string | number | boolean

/** A member name that no JSON has: conditions are made here, never by a caller's input. */
const operators = Symbol('operators')

/** Bounds of a field, by binary order for strings. */
export interface Range {
  readonly [operators]: {
    readonly $gt?: Scalar
    readonly $gte?: Scalar
    readonly $lt?: Scalar
    readonly $lte?: Scalar
  }
}

/** Something else than a scalar was about to become part of a filter, where it could change what the filter asks. */
export class UnsafeFilter extends Error {
  override readonly name = 'UnsafeFilter'
}

const scalar = (value: unknown, field: string): Scalar => {
  if (typeof value === 'string' || typeof value === 'boolean') return value
  if (typeof value === 'number' && Number.isFinite(value)) return value
  throw new UnsafeFilter(`the value for ${field} in a filter is not a string, a finite number or a boolean`)
}

/** Greater than `after`, not less than `from`, less than `before`, not greater than `upTo`; bounds that are undefined are left out. */
export const range = ({
  after,
  from,
  before,
  upTo,
}: {
  after?: Scalar | undefined
  from?: Scalar | undefined
  before?: Scalar | undefined
  upTo?: Scalar | undefined
}): Range => ({
  [operators]: {
    ...(after !== undefined && { $gt: scalar(after, 'a bound') }),
    ...(from !== undefined && { $gte: scalar(from, 'a bound') }),
    ...(before !== undefined && { $lt: scalar(before, 'a bound') }),
    ...(upTo !== undefined && { $lte: scalar(upTo, 'a bound') }),
  },
})

const isRange = (value: unknown): value is Range =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, operators)

/**
 * The only maker of filters: every field equals its scalar or lies in its range.
 *
 * @throws UnsafeFilter for any other value, such as `{ $ne: null }` or undefined
 */
export const where = (fields: Readonly<Record<string, Scalar | Range>>): Filter<Stored> =>
  Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [
      field,
      isRange(value) ? value[operators] : scalar(value, field),
    ]),
  )

/** At least one of the filters, which are made by `where`. */
export const anyOf = (...filters: Filter<Stored>[]): Filter<Stored> => ({ $or: filters })
