import type { Assignment } from '../ports.ts'
import { evaluate, type Properties } from './condition.ts'

/** One thing of a type that an API declares. */
export interface Thing {
  type: string
  id: string
}

/** What a question is about, beside the permission. */
export interface Circumstances {
  /** Undefined: the API as a whole. */
  thing: Thing | undefined
  properties: Properties
  /** Milliseconds. */
  now: number
}

/** Whether an assignment counts, and if not why. */
export type Standing =
  | 'holds'
  | 'expired'
  /** It is narrowed to another thing, or to one while the question is about the API as a whole. */
  | 'other_thing'
  /** It has a condition while the question is about the API as a whole. */
  | 'conditional'
  | 'condition_false'
  | 'condition_unknown'

export const standing = (
  { on, until, when }: Assignment,
  { thing, properties, now }: Circumstances,
): Standing => {
  if (until !== undefined && now >= until) return 'expired'
  if (on && (on.type !== thing?.type || on.id !== thing.id)) return 'other_thing'
  if (!when) return 'holds'
  if (!thing) return 'conditional'
  const truth = evaluate(when, properties)
  return truth === 'true' ? 'holds' : `condition_${truth}`
}

/**
 * Whether it counts for an API as a whole: only such assignments enter tokens, where neither the thing nor its
 * properties are known.
 */
export const isGeneral = ({ on, until, when }: Assignment, now: number): boolean =>
  on === undefined && when === undefined && (until === undefined || now < until)

const identity = ({ roleId, on, until, when }: Assignment): string =>
  JSON.stringify([roleId, on?.type, on?.id, until, when])

export const isSame = (one: Assignment, other: Assignment): boolean => identity(one) === identity(other)

/** Each assignment once, in the order in which they were first met. */
export const distinct = (assignments: readonly Assignment[]): Assignment[] => [
  ...new Map(assignments.map((assignment) => [identity(assignment), assignment])).values(),
]
