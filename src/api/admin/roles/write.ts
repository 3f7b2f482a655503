import { ADMIN_ROLE } from '../../../domain/access/model.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { adminOperation, noBody, noQuery } from '../operation.ts'
import { changedValue, changeProblems, inUse } from '../outcome.ts'
import type { AdminParts } from '../parts.ts'
import { RemovalQuery } from '../removal.ts'
import { RolePath } from './read.ts'
import { draftFrom, RoleOutput, shownRole, WholeRole } from './representation.ts'

const requireOpen = (name: string): void => {
  if (name === ADMIN_ROLE) throw new Problem('built_in')
}

export const createRole = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'POST',
    path: '/admin/roles',
    summary: 'Makes a role; one with permissions of `@admin` only by who has them all',
    scope: 'roles:write',
    query: noQuery,
    body: WholeRole,
    isCreation: true,
    success: { status: 201, description: 'Made', schema: RoleOutput, headers: ['ETag', 'Location'] },
    problems: ['taken', 'invalid_fields', 'beyond_own_permissions'],
    async handle({ ctx, actor, body }) {
      const made = changedValue({ ctx, actor }, await parts.roles.create(draftFrom(body), { actor }))
      ctx.set('Location', `${parts.issuer}/admin/roles/${encodeURIComponent(made.name)}`)
      return shownRole(await parts.roles.draftOf(made))
    },
  })

export const replaceRole = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'PUT',
    path: '/admin/roles/{name}',
    summary: 'Puts this in place of the role; another name renames it, and who has it keeps it',
    scope: 'roles:write',
    params: RolePath,
    query: noQuery,
    body: WholeRole,
    precondition: 'required',
    success: { status: 200, description: 'Changed', schema: RoleOutput, headers: ['ETag'] },
    problems: [...changeProblems, 'built_in', 'beyond_own_permissions'],
    async handle({ ctx, actor, path: { name }, body, expected }) {
      requireOpen(name)
      const changed = await parts.roles.replace(name, draftFrom(body), { actor, expected })
      return shownRole(await parts.roles.draftOf(changedValue({ ctx, actor }, changed)))
    },
  })

export const removeRole = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'DELETE',
    path: '/admin/roles/{name}',
    summary: 'Removes the role; `cascade` takes it from everybody who has it and from roles that include it',
    scope: 'roles:write',
    params: RolePath,
    query: RemovalQuery,
    body: noBody,
    precondition: 'optional',
    success: { status: 204, description: 'Removed' },
    problems: ['not_found', 'built_in', 'in_use', 'beyond_own_permissions'],
    extensions: inUse,
    async handle({ ctx, actor, path: { name }, query: { cascade }, expected }) {
      requireOpen(name)
      changedValue({ ctx, actor }, await parts.roles.remove(name, { actor, expected, cascade }))
      ctx.remove('ETag')
    },
  })
