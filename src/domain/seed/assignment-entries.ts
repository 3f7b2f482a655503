import type { AssignmentInput } from '../access/assignment-json.ts'
import { narrowing } from '../access/assignment-json.ts'
import type { Role } from '../access/model.ts'
import type { Fault } from '../clients/faults.ts'
import type { Assignment } from '../ports.ts'

/** What assignments of a seed may refer to. */
export interface AssignmentSurroundings {
  /** Names of all roles that there will be. */
  roleNames: ReadonlySet<string>
  /** Whether an API declares this type of things. */
  isType: (type: string) => boolean
}

/** What is wrong with assignments: roles and types that there are not. */
export const assignmentFaults = (
  inputs: readonly AssignmentInput[],
  path: readonly PropertyKey[],
  { roleNames, isType }: AssignmentSurroundings,
): Fault[] =>
  inputs.flatMap(({ role, on }, index) => [
    ...(roleNames.has(role)
      ? []
      : [{ path: [...path, index], wanted: 'wanted the name of a declared role' }]),
    ...(on === undefined || isType(on.type)
      ? []
      : [{ path: [...path, index, 'on', 'type'], wanted: 'wanted a type that an API declares' }]),
  ])

/** The assignments that these inputs mean; one with a name without a role means none. */
export const assignmentsOf = (inputs: readonly AssignmentInput[], roles: readonly Role[]): Assignment[] => {
  const ids = new Map(roles.map(({ id, name }) => [name, id]))
  return inputs.flatMap((input) => {
    const roleId = ids.get(input.role)
    return roleId === undefined ? [] : [{ roleId, ...narrowing(input) }]
  })
}
