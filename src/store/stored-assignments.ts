import { Condition } from '../domain/access/condition.ts'
import type { Assignment } from '../domain/ports.ts'

const isRecord = (value: unknown): value is Readonly<Record<string, unknown>> =>
  typeof value === 'object' && value !== null

const thingFrom = (on: unknown): { type: string; id: string } => {
  if (!isRecord(on) || typeof on.type !== 'string' || typeof on.id !== 'string')
    throw new TypeError('an assignment on nothing')
  return Object.freeze({ type: on.type, id: on.id })
}

const untilFrom = (until: unknown): number => {
  if (typeof until !== 'number') throw new TypeError('an assignment until no time')
  return until
}

const freeze = (value: unknown): void => {
  if (!isRecord(value)) return
  Object.freeze(value)
  Object.values(value).forEach(freeze)
}

/** Conditions that are remembered by their text. */
const MOST_KNOWN = 1000
const known = new Map<string, Condition>()

/** A few conditions, such as "the owner", are on the assignments of thousands: each is parsed and held once. */
const conditionFrom = (when: unknown): Condition => {
  const text = JSON.stringify(when)
  const present = known.get(text)
  if (present) return present
  const condition = Condition.parse(when)
  freeze(condition)
  if (known.size >= MOST_KNOWN) known.clear()
  known.set(text, condition)
  return condition
}

/**
 * An assignment as it rests in a store. What narrows it is frozen: copies of an account share it. By hand, as an account may
 * have hundreds and is read anew for every decision about one that is not in memory.
 *
 * @throws TypeError or ZodError for what is none
 */
export const assignmentFrom = (stored: unknown): Assignment => {
  if (!isRecord(stored) || typeof stored.roleId !== 'string') throw new TypeError('an assignment of no role')
  const { roleId, on, until, when } = stored
  return {
    roleId,
    ...(on !== undefined && { on: thingFrom(on) }),
    ...(until !== undefined && { until: untilFrom(until) }),
    ...(when !== undefined && { when: conditionFrom(when) }),
  }
}
