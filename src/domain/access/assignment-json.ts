import { z } from 'zod'
import type { Assignment } from '../ports.ts'
import { Condition } from './condition.ts'

const LONGEST_ROLE = 200
const LONGEST_THING = 256

const RoleName = z.string().min(1, { error: 'wanted the name of a role' }).max(LONGEST_ROLE)

/** One thing of a declared type. */
export const ThingInput = z.strictObject({
  type: z.string().min(1).max(LONGEST_THING),
  id: z.string().min(1).max(LONGEST_THING),
})

const AssignmentObject = z.strictObject({
  role: RoleName,
  on: ThingInput.exactOptional(),
  /** RFC 3339. */
  until: z.iso
    .datetime({ offset: true, error: 'wanted a time such as 2027-01-01T00:00:00Z' })
    .exactOptional(),
  when: Condition.exactOptional(),
})

/**
 * An assignment as people write it: the name of a role, or an object with the name and what narrows it. The same in
 * `SEED_FILE`, in the API and on the command line.
 */
export const AssignmentInput = z
  .union([RoleName, AssignmentObject], {
    error: 'wanted the name of a role, or an object with role, on, until and when',
  })
  .transform((input) => (typeof input === 'string' ? { role: input } : input))
export type AssignmentInput = z.output<typeof AssignmentInput>

/** Without the role: what narrows an assignment, as it is stored. */
export const narrowing = ({ on, until, when }: AssignmentInput): Omit<Assignment, 'roleId'> => ({
  ...(on && { on }),
  ...(until !== undefined && { until: Date.parse(until) }),
  ...(when && { when }),
})

/** An assignment as it is shown, in the form in which it is written. */
export type AssignmentJson = {
  role: string
  on?: { type: string; id: string }
  until?: string
  when?: Condition
}

/** How an assignment is shown; `role` is the name of its role. */
export const assignmentJson = (role: string, { on, until, when }: Assignment): AssignmentJson => ({
  role,
  ...(on && { on: { ...on } }),
  ...(until !== undefined && { until: new Date(until).toISOString() }),
  ...(when && { when: structuredClone(when) }),
})

/** An assignment as it rests in a store. */
export const StoredAssignment: z.ZodType<Assignment> = z.object({
  roleId: z.string(),
  on: z.object({ type: z.string(), id: z.string() }).exactOptional(),
  until: z.number().exactOptional(),
  when: Condition.exactOptional(),
})
