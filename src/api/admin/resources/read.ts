import { z } from 'zod'
import { etagOf } from '../../../domain/access/edit.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { adminOperation, noBody, noQuery } from '../operation.ts'
import { PageQuery, pageOfAll } from '../paging.ts'
import type { AdminParts } from '../parts.ts'
import { tagged } from '../precondition.ts'
import { ListedResource, shownResource } from './representation.ts'

const Resources = z.object({ resources: z.array(ListedResource) })

export const ResourcePath = z.object({
  identifier: z.string().describe('The identifier of the API, percent-encoded as one segment'),
})

/** Identifiers of what is declared, of which alone something can be changed. */
const declaredIn = async ({ resources }: AdminParts): Promise<Set<string>> =>
  new Set((await resources.list()).map(({ identifier }) => identifier))

export const listResources = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/resources',
    summary: 'The APIs with their permissions, in order of their identifiers',
    scope: 'resources:read',
    query: PageQuery,
    body: noBody,
    success: { status: 200, description: 'A page of them', schema: Resources, headers: ['Link'] },
    problems: [],
    async handle({ ctx, query: { limit, after } }): Promise<z.output<typeof Resources>> {
      const [{ all }, declared] = await Promise.all([parts.access.directory(), declaredIn(parts)])
      const page = pageOfAll(ctx, all, {
        issuer: parts.issuer,
        limit,
        after,
        keyOf: ({ identifier }) => identifier,
      })
      return {
        resources: page.map((resource) => ({
          ...shownResource(resource),
          ...(declared.has(resource.identifier) ? {} : { built_in: true }),
        })),
      }
    },
  })

export const showResource = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/resources/{identifier}',
    summary: 'One API',
    scope: 'resources:read',
    params: ResourcePath,
    query: noQuery,
    body: noBody,
    success: { status: 200, description: 'The API', schema: ListedResource, headers: ['ETag'] },
    problems: ['not_found'],
    async handle({ ctx, path: { identifier } }): Promise<z.output<typeof ListedResource>> {
      const declared = await parts.resources.find(identifier)
      const found = declared ?? (await parts.access.directory()).find(identifier)
      if (!found) throw new Problem('not_found')
      tagged(ctx, etagOf(found))
      return { ...shownResource(found), ...(declared ? {} : { built_in: true }) }
    },
  })
