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
import type { ClientAdminParts } from './parts.ts'
import { ClientPath, requireClient } from './read.ts'

const AssignmentPath = ClientPath.extend({ id: z.string().describe('From the list') })

const heldBy = async (clientId: string, parts: ClientAdminParts): Promise<NamedAssignment[]> => {
  const { assignments } = await requireClient(clientId, parts)
  return namedAssignments(assignments, await parts.access.model(), { isAdmin: false })
}

export const listClientAssignments = (parts: ClientAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/clients/{client_id}/assignments',
    summary: 'The roles that the client has for what it does itself, with what narrows them',
    scope: 'clients:read',
    params: ClientPath,
    query: noQuery,
    body: noBody,
    success: { status: 200, description: 'All of them', schema: AssignmentsOutput },
    problems: [],
    async handle({ path }): Promise<z.output<typeof AssignmentsOutput>> {
      return { assignments: (await heldBy(path.client_id, parts)).map(shownAssignment) }
    },
  })

export const assignToClient = (parts: ClientAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'POST',
    path: '/admin/clients/{client_id}/assignments',
    summary: 'Gives the client a role; the same again changes nothing',
    scope: 'roles:write',
    params: ClientPath,
    query: noQuery,
    body: AssignmentInput,
    success: { status: 201, description: 'It has the role', schema: AssignmentOutput },
    problems: ['beyond_own_permissions', 'invalid_fields'],
    async handle({ actor, path: { client_id: id }, body }): Promise<z.output<typeof AssignmentOutput>> {
      requireRoom(await heldBy(id, parts))
      requireAssigned(await parts.assigning.assign(actor, { kind: 'client', id }, body))
      return shownAssignment(asNamed(body))
    },
  })

export const unassignFromClient = (parts: ClientAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'DELETE',
    path: '/admin/clients/{client_id}/assignments/{id}',
    summary: 'Takes a role from the client',
    scope: 'roles:write',
    params: AssignmentPath,
    query: noQuery,
    body: noBody,
    success: { status: 204, description: 'It does not have it any more' },
    problems: ['beyond_own_permissions', 'invalid_fields'],
    async handle({ actor, path }): Promise<undefined> {
      const { client_id: clientId, id } = path
      const found = (await heldBy(clientId, parts)).find((named) => assignmentId(named) === id)
      if (!found) throw new Problem('not_found')
      const input = AssignmentInput.parse(assignmentJson(found.role, found.assignment))
      requireAssigned(await parts.assigning.unassign(actor, { kind: 'client', id: clientId }, input))
    },
  })
