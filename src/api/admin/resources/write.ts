import type { z } from 'zod'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { type AdminCall, adminOperation, noBody, noQuery } from '../operation.ts'
import { changedValue, changeProblems, inUse } from '../outcome.ts'
import type { AdminParts } from '../parts.ts'
import { RemovalQuery } from '../removal.ts'
import { ResourcePath } from './read.ts'
import {
  NewResource,
  ResourceOutput,
  ResourceReplacement,
  resourceFrom,
  shownResource,
} from './representation.ts'

/** @throws Problem `built_in` for an API that is there without being declared */
export const requireDeclared = async (
  identifier: string,
  { resources, access }: Pick<AdminParts, 'resources' | 'access'>,
): Promise<void> => {
  const isThere = (await access.directory()).find(identifier) !== undefined
  if (isThere && !(await resources.find(identifier))) throw new Problem('built_in')
}

export const createResource = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'POST',
    path: '/admin/resources',
    summary: 'Declares an API; also `@api`, by its identifier, to give it permissions',
    scope: 'resources:write',
    query: noQuery,
    body: NewResource,
    isCreation: true,
    success: {
      status: 201,
      description: 'Declared',
      schema: ResourceOutput,
      headers: ['ETag', 'Location'],
    },
    problems: ['taken', 'invalid_fields'],
    async handle({ ctx, actor, body }) {
      const resource = resourceFrom(body.identifier, body)
      const made = changedValue({ ctx, actor }, await parts.resources.create(resource, { actor }))
      ctx.set('Location', `${parts.issuer}/admin/resources/${encodeURIComponent(made.identifier)}`)
      return shownResource(made)
    },
  })

type Replacement = AdminCall<
  z.output<typeof ResourcePath>,
  z.output<typeof RemovalQuery>,
  z.output<typeof ResourceReplacement>
>

export const replaceResource = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'PUT',
    path: '/admin/resources/{identifier}',
    summary:
      'Puts this in place of the API; `cascade` takes permissions that go from the roles that have them',
    scope: 'resources:write',
    params: ResourcePath,
    query: RemovalQuery,
    body: ResourceReplacement,
    precondition: 'required',
    success: { status: 200, description: 'Changed', schema: ResourceOutput, headers: ['ETag'] },
    problems: [...changeProblems, 'built_in', 'in_use'],
    extensions: inUse,
    async handle({ ctx, actor, path: { identifier }, body, query, expected }: Replacement) {
      await requireDeclared(identifier, parts)
      if (body.identifier !== undefined && body.identifier !== identifier)
        throw new Problem('invalid_fields', {
          errors: [{ field: 'identifier', code: 'not_accepted', wanted: 'wanted the one of the path' }],
        })
      const options = { actor, expected, cascade: query.cascade }
      const changed = await parts.resources.replace(resourceFrom(identifier, body), options)
      return shownResource(changedValue({ ctx, actor }, changed))
    },
  })

export const removeResource = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'DELETE',
    path: '/admin/resources/{identifier}',
    summary: 'Removes the API; `cascade` takes its permissions from the roles that have them',
    scope: 'resources:write',
    params: ResourcePath,
    query: RemovalQuery,
    body: noBody,
    precondition: 'optional',
    success: { status: 204, description: 'Removed' },
    problems: ['not_found', 'built_in', 'in_use'],
    extensions: inUse,
    async handle({ ctx, actor, path: { identifier }, query: { cascade }, expected }) {
      await requireDeclared(identifier, parts)
      const removed = await parts.resources.remove(identifier, { actor, expected, cascade })
      changedValue({ ctx, actor }, removed)
      ctx.remove('ETag')
    },
  })
