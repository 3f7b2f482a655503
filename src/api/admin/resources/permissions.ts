import { z } from 'zod'
import { type Changed, etagOf } from '../../../domain/access/edit.ts'
import type { Resource } from '../../../domain/access/model.ts'
import type { EditOptions } from '../../../domain/access/resource-administration.ts'
import { Permission } from '../../../domain/clients/values.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { adminOperation, noBody, noQuery } from '../operation.ts'
import { changedValue, inUse } from '../outcome.ts'
import type { AdminParts } from '../parts.ts'
import { RemovalQuery } from '../removal.ts'
import { ResourcePath } from './read.ts'
import { ResourceOutput, shownResource } from './representation.ts'
import { requireDeclared } from './write.ts'

const PermissionPath = ResourcePath.extend({ permission: z.string() })
const success = { status: 200, description: 'The API as it is then', schema: ResourceOutput } as const

const MOST_PERMISSIONS = 200

/** Of two who change the permissions at the same moment both get through. */
const changePermissions = async (
  identifier: string,
  { resources }: AdminParts,
  options: Omit<EditOptions, 'expected'>,
  edit: (permissions: readonly string[]) => string[],
): Promise<Changed<Resource>> => {
  // Each `stale` means that somebody else got through, so this ends.
  for (;;) {
    const found = await resources.find(identifier)
    if (!found) return { kind: 'unknown' }
    const next = { ...found, permissions: edit(found.permissions) }
    const changed = await resources.replace(next, { ...options, expected: etagOf(found) })
    if (changed.kind !== 'stale') return changed
  }
}

export const addPermission = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'PUT',
    path: '/admin/resources/{identifier}/permissions/{permission}',
    summary: 'Gives the API a permission; the same again changes nothing',
    scope: 'resources:write',
    params: PermissionPath,
    query: noQuery,
    body: noBody,
    success: { ...success, headers: ['ETag'] },
    problems: ['built_in', 'invalid_fields'],
    async handle({ ctx, actor, path: { identifier, permission } }) {
      await requireDeclared(identifier, parts)
      const refused = (wanted: string): Problem =>
        new Problem('invalid_fields', { errors: [{ field: 'permission', code: 'not_accepted', wanted }] })
      const name = Permission.safeParse(permission)
      if (!name.success) throw refused(name.error.issues[0]?.message ?? 'wanted another name')
      const changed = await changePermissions(identifier, parts, { actor }, (present) => {
        const all = [...new Set([...present, name.data])]
        if (all.length > MOST_PERMISSIONS) throw refused(`wanted at most ${MOST_PERMISSIONS} permissions`)
        return all
      })
      return shownResource(changedValue({ ctx, actor }, changed))
    },
  })

export const removePermission = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'DELETE',
    path: '/admin/resources/{identifier}/permissions/{permission}',
    summary: 'Takes a permission from the API; `cascade` takes it from the roles that have it, too',
    scope: 'resources:write',
    params: PermissionPath,
    query: RemovalQuery,
    body: noBody,
    success: { ...success, headers: ['ETag'] },
    problems: ['built_in', 'in_use'],
    extensions: inUse,
    async handle({ ctx, actor, path: { identifier, permission }, query: { cascade } }) {
      await requireDeclared(identifier, parts)
      const changed = await changePermissions(identifier, parts, { actor, cascade }, (present) => {
        if (!present.includes(permission)) throw new Problem('not_found')
        return present.filter((each) => each !== permission)
      })
      return shownResource(changedValue({ ctx, actor }, changed))
    },
  })
