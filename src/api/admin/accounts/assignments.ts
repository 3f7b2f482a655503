import { z } from 'zod'
import { AssignmentInput, assignmentJson } from '../../../domain/access/assignment-json.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import {
  AssignmentOutput,
  AssignmentsOutput,
  asNamed,
  assignmentId,
  type NamedAssignment,
  namedAssignments,
  requireAssigned,
  requireRoom,
  shownAssignment,
} from '../assignments.ts'
import { adminOperation, noBody, noQuery } from '../operation.ts'
import type { AccountAdminParts } from './parts.ts'
import { AccountPath } from './read.ts'

const AssignmentPath = AccountPath.extend({ id: z.string().describe('From the list') })

const heldBy = async (sub: string, { accounts, access }: AccountAdminParts): Promise<NamedAssignment[]> => {
  const account = await accounts.present(sub)
  if (!account) throw new Problem('not_found')
  const [model, admins] = await Promise.all([access.model(), access.admins()])
  return namedAssignments(account.roles, model, { isAdmin: admins.includes(sub) })
}

export const listAccountAssignments = (parts: AccountAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/accounts/{sub}/assignments',
    summary: 'The roles of the account, with what narrows them',
    scope: 'accounts:read',
    params: AccountPath,
    query: noQuery,
    body: noBody,
    success: { status: 200, description: 'All of them', schema: AssignmentsOutput },
    problems: [],
    async handle({ path: { sub } }): Promise<z.output<typeof AssignmentsOutput>> {
      return { assignments: (await heldBy(sub, parts)).map(shownAssignment) }
    },
  })

export const assignToAccount = (parts: AccountAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'POST',
    path: '/admin/accounts/{sub}/assignments',
    summary: 'Gives the account a role; the same again changes nothing',
    scope: 'roles:write',
    params: AccountPath,
    query: noQuery,
    body: AssignmentInput,
    success: { status: 201, description: 'It has the role', schema: AssignmentOutput },
    problems: ['beyond_own_permissions', 'invalid_fields'],
    async handle({ actor, path: { sub }, body }): Promise<z.output<typeof AssignmentOutput>> {
      requireRoom(await heldBy(sub, parts))
      requireAssigned(await parts.assigning.assign(actor, { kind: 'user', id: sub }, body))
      return shownAssignment(asNamed(body))
    },
  })

export const unassignFromAccount = (parts: AccountAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'DELETE',
    path: '/admin/accounts/{sub}/assignments/{id}',
    summary: 'Takes a role from the account',
    scope: 'roles:write',
    params: AssignmentPath,
    query: noQuery,
    body: noBody,
    success: { status: 204, description: 'It does not have it any more' },
    problems: ['beyond_own_permissions', 'last_admin', 'invalid_fields'],
    async handle({ actor, path: { sub, id } }): Promise<undefined> {
      const found = (await heldBy(sub, parts)).find((named) => assignmentId(named) === id)
      if (!found) throw new Problem('not_found')
      const input = AssignmentInput.parse(assignmentJson(found.role, found.assignment))
      requireAssigned(await parts.assigning.unassign(actor, { kind: 'user', id: sub }, input))
    },
  })
