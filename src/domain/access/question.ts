import type { Assignment } from '../ports.ts'
import { type Circumstances, type Standing, standing } from './assignment.ts'
import type { Directory } from './directory.ts'
import { ADMIN_ROLE, type PermissionMap } from './model.ts'

/** What somebody has that may answer a question: roles, and for a client what it is registered with. */
export interface Rights {
  assignments: readonly Assignment[]
  /** Holds the built-in role `admin`. */
  isAdmin: boolean
  /** Permissions of its own; none for a person. */
  own: PermissionMap
}

/** May it do this there, to this thing? */
export interface Question extends Circumstances {
  permission: string
  /** Identifier of the API. */
  identifier: string
}

/** One thing that has the permission, and whether it counts. */
export interface Reason {
  /** `role`: an assignment; `own`: what the client is registered with; `admin`: the built-in role. */
  from: 'role' | 'own' | 'admin'
  outcome: Standing
  /** Names, from the role that is assigned to the one that has the permission. */
  path: string[]
  assignment: Assignment | undefined
}

export interface Explanation {
  allowed: boolean
  /** What gave it; if nothing did, what has the permission but does not count here. */
  reasons: Reason[]
}

/** Whether anything grants it. What is not there, an API, a permission or a type, is granted to nobody. */
export const isAllowed = (directory: Directory, rights: Rights, question: Question): boolean => {
  if (!exists(directory, question)) return false
  if (isOwn(directory, rights, question) || isByAdmin(directory, rights, question)) return true
  return rights.assignments.some(
    (assignment) =>
      has(directory.effective(assignment.roleId)?.permissions, question) &&
      standing(assignment, question) === 'holds',
  )
}

/** The same decision, with everything that had a part in it. */
export const explain = (directory: Directory, rights: Rights, question: Question): Explanation => {
  if (!exists(directory, question)) return { allowed: false, reasons: [] }
  const reasons = [
    ...(isOwn(directory, rights, question) ? [given('own', [])] : []),
    ...(isByAdmin(directory, rights, question) ? [given('admin', [ADMIN_ROLE])] : []),
    ...rights.assignments.flatMap((assignment) =>
      directory
        .paths(assignment.roleId)
        .filter(({ permissions }) => has(permissions, question))
        .map(
          ({ path }): Reason => ({ from: 'role', outcome: standing(assignment, question), path, assignment }),
        ),
    ),
  ]
  const grants = reasons.filter(({ outcome }) => outcome === 'holds')
  return grants.length > 0 ? { allowed: true, reasons: grants } : { allowed: false, reasons }
}

const given = (from: 'own' | 'admin', path: string[]): Reason => ({
  from,
  outcome: 'holds',
  path,
  assignment: undefined,
})

const exists = (directory: Directory, { permission, identifier, thing }: Question): boolean => {
  const resource = directory.find(identifier)
  if (!resource?.permissions.includes(permission)) return false
  return thing === undefined || resource.types.includes(thing.type)
}

type Held = ReadonlyMap<string, ReadonlySet<string>>

const has = (held: Held | undefined, { identifier, permission }: Question): boolean =>
  held?.get(identifier)?.has(permission) ?? false

const isByAdmin = (directory: Directory, { isAdmin }: Rights, question: Question): boolean =>
  isAdmin && has(directory.admin.permissions, question)

const isOwn = (directory: Directory, { own }: Rights, { identifier, permission }: Question): boolean =>
  Object.entries(own).some(
    ([name, permissions]) => directory.resolve(name) === identifier && permissions.includes(permission),
  )
