import { z } from 'zod'
import type { AssignOutcome } from '../../domain/access/assigning.ts'
import { type AssignmentInput, assignmentJson, narrowing } from '../../domain/access/assignment-json.ts'
import { Condition } from '../../domain/access/condition.ts'
import { etagOf } from '../../domain/access/edit.ts'
import { type AccessModel, ADMIN_ROLE } from '../../domain/access/model.ts'
import type { Assignment } from '../../domain/ports.ts'
import { Problem } from '../problem.ts'

export const AssignmentOutput = z.object({
  /** Of its content: names it in `DELETE`. */
  id: z.string(),
  /** Name of the role. */
  role: z.string(),
  on: z.object({ type: z.string(), id: z.string() }).optional(),
  until: z.iso.datetime().optional(),
  when: Condition.optional(),
})
export const AssignmentsOutput = z.object({ assignments: z.array(AssignmentOutput) })

/** An assignment, with the name by which people know its role. */
export interface NamedAssignment {
  role: string
  assignment: Assignment
}

/** `admin` rests elsewhere, and looks like any other here. */
export const namedAssignments = (
  assignments: readonly Assignment[],
  { roles }: AccessModel,
  { isAdmin }: { isAdmin: boolean },
): NamedAssignment[] => {
  const names = new Map(roles.map(({ id, name }) => [id, name]))
  return [
    ...(isAdmin ? [{ role: ADMIN_ROLE, assignment: { roleId: ADMIN_ROLE } }] : []),
    // One of a role that is gone grants nothing.
    ...assignments.flatMap((assignment) => {
      const role = names.get(assignment.roleId)
      return role === undefined ? [] : [{ role, assignment }]
    }),
  ]
}

export const assignmentId = ({ role, assignment }: NamedAssignment): string =>
  etagOf(assignmentJson(role, assignment))

export const shownAssignment = (named: NamedAssignment): z.output<typeof AssignmentOutput> =>
  AssignmentOutput.parse({
    id: assignmentId(named),
    ...assignmentJson(named.role, named.assignment),
  })

const refused = (field: string, wanted: string): Problem =>
  new Problem('invalid_fields', { errors: [{ field, code: 'not_accepted', wanted }] })

/** @throws Problem for everything but `done` */
export const requireAssigned = ({ kind }: AssignOutcome): void => {
  switch (kind) {
    case 'done':
      return
    case 'unknown_subject':
      throw new Problem('not_found')
    case 'unknown_role':
      throw refused('role', 'wanted the name of a role')
    case 'unknown_type':
      throw refused('on.type', 'wanted a type that an API declares')
    case 'not_for_admin':
      throw refused('role', 'wanted admin for people only, and without on, until and when')
    case 'beyond':
      throw new Problem('beyond_own_permissions')
    case 'last_admin':
      throw new Problem('last_admin')
  }
}

/** Of one account or client: who has more has a model that does not fit. */
const MOST_ASSIGNMENTS = 1000

/** @throws Problem `invalid_fields` if there are too many already */
export const requireRoom = ({ length }: readonly NamedAssignment[]): void => {
  if (length >= MOST_ASSIGNMENTS) throw refused('role', `wanted at most ${MOST_ASSIGNMENTS} assignments`)
}

/** What was just given: `until` in the form in which it rests. */
export const asNamed = (input: AssignmentInput): NamedAssignment => ({
  role: input.role,
  assignment: { roleId: '', ...narrowing(input) },
})
