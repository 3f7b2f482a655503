import type { Filter } from 'mongodb'
import type { Stored } from './stored.ts'

/** All that may stand in a filter besides the operators of this file. */
export type Scalar = string | number | boolean

/** A member name that no JSON has: conditions are made here, never by a caller's input. */
const operators = Symbol('operators')

/** Any of some values. */
export interface OneOf {
  readonly [operators]: { readonly $in: readonly Scalar[] }
}

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

/** Equal to one of the values, which may be none: nothing is. */
export const oneOf = (values: readonly Scalar[]): OneOf => ({
  [operators]: { $in: values.map((value) => scalar(value, 'a list')) },
})

const isCondition = (value: unknown): value is Range | OneOf =>
  typeof value === 'object' && value !== null && Object.hasOwn(value, operators)

/**
 * The only maker of filters: every field equals its scalar, lies in its range or is one of its values.
 *
 * @throws UnsafeFilter for any other value, such as `{ $ne: null }` or undefined
 */
export const where = (fields: Readonly<Record<string, Scalar | Range | OneOf>>): Filter<Stored> =>
  Object.fromEntries(
    Object.entries(fields).map(([field, value]) => [
      field,
      isCondition(value) ? value[operators] : scalar(value, field),
    ]),
  )

/** At least one of the filters, which are made by `where`. */
export const anyOf = (...filters: Filter<Stored>[]): Filter<Stored> => ({ $or: filters })
