import { z } from 'zod'
import type { RegisteredClient } from '../../../domain/clients/replacing.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { adminOperation, noBody, noQuery } from '../operation.ts'
import { PageQuery, pageOfAll } from '../paging.ts'
import { tagged } from '../precondition.ts'
import type { ClientAdminParts } from './parts.ts'
import { ClientOutput, clientTag, shownClient } from './representation.ts'

export const ClientPath = z.object({
  client_id: z.string().regex(/^[\x21-\x7e]{1,128}$/),
})

const Clients = z.object({ clients: z.array(ClientOutput) })

/** @throws Problem `not_found`, for a built-in one as well */
export const requireClient = async (
  clientId: string,
  { clients }: Pick<ClientAdminParts, 'clients'>,
): Promise<RegisteredClient> => {
  const found = await clients.registered(clientId)
  if (!found) throw new Problem('not_found')
  return found
}

export const listClients = (parts: ClientAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/clients',
    summary: 'The registered clients in order of their ids',
    scope: 'clients:read',
    query: PageQuery,
    body: noBody,
    success: { status: 200, description: 'A page of them', schema: Clients, headers: ['Link'] },
    problems: [],
    async handle({ ctx, query: { limit, after } }): Promise<z.output<typeof Clients>> {
      const [all, model] = await Promise.all([parts.clients.allRegistered(), parts.access.model()])
      const page = pageOfAll(ctx, all, {
        issuer: parts.issuer,
        limit,
        after,
        keyOf: ({ client }) => client.client_id,
      })
      return { clients: page.map((registered) => shownClient(registered, model)) }
    },
  })

export const showClient = (parts: ClientAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/clients/{client_id}',
    summary: 'One client, without its secret',
    scope: 'clients:read',
    params: ClientPath,
    query: noQuery,
    body: noBody,
    success: { status: 200, description: 'The client', schema: ClientOutput, headers: ['ETag'] },
    problems: [],
    async handle({ ctx, path }): Promise<ClientOutput> {
      const registered = await requireClient(path.client_id, parts)
      const model = await parts.access.model()
      tagged(ctx, clientTag(registered, model))
      return shownClient(registered, model)
    },
  })
