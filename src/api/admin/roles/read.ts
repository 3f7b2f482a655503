import { z } from 'zod'
import { etagOf, type User } from '../../../domain/access/edit.ts'
import { ADMIN_ROLE } from '../../../domain/access/model.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { adminOperation, noBody, noQuery } from '../operation.ts'
import { shownUser, UsersOutput } from '../outcome.ts'
import { PageQuery, pageOf, pageOfAll } from '../paging.ts'
import type { AdminParts } from '../parts.ts'
import { tagged } from '../precondition.ts'
import { ListedRole, shownAdmin, shownRole } from './representation.ts'

const Roles = z.object({ roles: z.array(ListedRole) })

export const RolePath = z.object({
  name: z.string().describe('The name of the role, percent-encoded as one segment'),
})

export const listRoles = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/roles',
    summary: 'The roles, in order of their names',
    scope: 'roles:read',
    query: PageQuery,
    body: noBody,
    success: { status: 200, description: 'A page of them', schema: Roles, headers: ['Link'] },
    problems: [],
    async handle({ ctx, query }): Promise<z.output<typeof Roles>> {
      const [directory, all] = await Promise.all([parts.access.directory(), parts.roles.list()])
      const drafts = await Promise.all(all.map(parts.roles.draftOf))
      const page = pageOfAll(ctx, [shownAdmin(directory), ...drafts.map(shownRole)], {
        ...query,
        issuer: parts.issuer,
        keyOf: ({ name }) => name,
      })
      return { roles: page }
    },
  })

export const showRole = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/roles/{name}',
    summary: 'One role',
    scope: 'roles:read',
    params: RolePath,
    query: noQuery,
    body: noBody,
    success: { status: 200, description: 'The role', schema: ListedRole, headers: ['ETag'] },
    problems: ['not_found'],
    async handle({ ctx, path: { name } }): Promise<z.output<typeof ListedRole>> {
      if (name === ADMIN_ROLE) {
        const shown = shownAdmin(await parts.access.directory())
        tagged(ctx, etagOf({ name, permissions: shown.permissions }))
        return shown
      }
      const role = await parts.roles.find(name)
      if (!role) throw new Problem('not_found')
      tagged(ctx, etagOf(role))
      return shownRole(await parts.roles.draftOf(role))
    },
  })

const Holders = z.object({ holders: UsersOutput })

const keyOf = ({ kind, id }: Pick<User, 'kind' | 'id'>): string => `${kind}:${id}`

const holderAt = (key: string): Pick<User, 'kind' | 'id'> => {
  const [, kind, id = ''] = /^(account|client):(.+)$/s.exec(key) ?? []
  if (kind !== 'account' && kind !== 'client') throw new Problem('bad_request')
  return { kind, id }
}

export const listHolders = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/roles/{name}/holders',
    summary: 'Accounts and clients that have the role by an assignment, however narrowed',
    scope: 'roles:read',
    params: RolePath,
    query: PageQuery,
    body: noBody,
    success: { status: 200, description: 'A page of them', schema: Holders, headers: ['Link'] },
    problems: ['not_found'],
    async handle({ ctx, actor, path: { name }, query }): Promise<z.output<typeof Holders>> {
      const options = { ...query, issuer: parts.issuer, keyOf }
      const { after, limit } = query
      if (name === ADMIN_ROLE) {
        const admins = pageOfAll(ctx, await parts.holders.admins(), options)
        return { holders: admins.map(shownUser(actor)) }
      }
      const role = await parts.roles.find(name)
      if (!role) throw new Problem('not_found')
      const from = after === undefined ? undefined : holderAt(after)
      const found = await parts.holders.page(role.id, { after: from, limit: limit + 1 })
      return { holders: pageOf(ctx, found, options).map(shownUser(actor)) }
    },
  })
