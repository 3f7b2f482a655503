import type { z } from 'zod'
import type { ClientRefused } from '../../../domain/administration/client-administration.ts'
import { ClientInput } from '../../../domain/clients/metadata.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { requireMay } from '../guard.ts'
import { fieldFaults } from '../input.ts'
import { type AdminCall, adminOperation, noBody, noQuery } from '../operation.ts'
import { tagged } from '../precondition.ts'
import type { ClientAdminParts } from './parts.ts'
import { ClientPath, requireClient } from './read.ts'
import { clientTag, NewClientBody, secretMembers, shownClient, WithSecret } from './representation.ts'

const problemOf = (refused: ClientRefused): Problem =>
  refused.kind === 'beyond'
    ? new Problem('beyond_own_permissions')
    : new Problem('invalid_fields', { errors: fieldFaults(refused.faults, 'not_accepted') })

export const createClient = (parts: ClientAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'POST',
    path: '/admin/clients',
    summary: 'Registers a client (RFC 7591 §2); its secret is in this answer and nowhere else',
    scope: 'clients:write',
    query: noQuery,
    body: NewClientBody,
    isCreation: true,
    success: { status: 201, description: 'Registered', schema: WithSecret, headers: ['ETag', 'Location'] },
    problems: ['beyond_own_permissions', 'taken', 'invalid_fields'],
    async handle({ ctx, actor, body }): Promise<z.output<typeof WithSecret>> {
      const input = ClientInput.parse({ ...body, client_id: body.client_id ?? parts.newClientId() })
      const created = await parts.administration.create({ actor, address: parts.addressOf(ctx) }, input)
      if (created.kind === 'taken') throw new Problem('taken')
      if (created.kind !== 'created') throw problemOf(created)
      const registered = await requireClient(input.client_id, parts)
      const model = await parts.access.model()
      tagged(ctx, clientTag(registered, model))
      ctx.set('Location', `${parts.issuer}/admin/clients/${encodeURIComponent(input.client_id)}`)
      return { ...shownClient(registered, model), ...secretMembers(created.secret) }
    },
  })

type Replacement = AdminCall<z.output<typeof ClientPath>, object, z.output<typeof NewClientBody>>

export const replaceClient = (parts: ClientAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'PUT',
    path: '/admin/clients/{client_id}',
    summary:
      'Puts this in place of the client: what is left out is as for a new one. Secret, roles and whether it is disabled stay',
    scope: 'clients:write',
    params: ClientPath,
    query: noQuery,
    body: NewClientBody,
    precondition: 'required',
    success: {
      status: 200,
      description: 'Changed; with a secret where it had none before',
      schema: WithSecret,
      headers: ['ETag'],
    },
    problems: ['beyond_own_permissions', 'invalid_fields'],
    async handle(call: Replacement): Promise<z.output<typeof WithSecret>> {
      const { ctx, actor, path, body, expected } = call
      const id = path.client_id
      if (body.client_id !== undefined && body.client_id !== id)
        throw new Problem('invalid_fields', {
          errors: [{ field: 'client_id', code: 'not_accepted', wanted: 'wanted the one of the path' }],
        })
      await requireClient(id, parts)
      await requireMay(parts, actor, { kind: 'client', id })
      const model = await parts.access.model()
      const replaced = await parts.administration.replace(
        { actor, address: parts.addressOf(ctx) },
        ClientInput.parse({ ...body, client_id: id }),
        (present) => expected === undefined || clientTag(present, model) === expected,
      )
      if (replaced.kind === 'unknown') throw new Problem('not_found')
      if (replaced.kind === 'stale') throw new Problem('precondition_failed')
      if (replaced.kind !== 'replaced') throw problemOf(replaced)
      tagged(ctx, clientTag(replaced.after, model))
      return { ...shownClient(replaced.after, model), ...secretMembers(replaced.secret) }
    },
  })

export const removeClient = (parts: ClientAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'DELETE',
    path: '/admin/clients/{client_id}',
    summary: 'Removes the client; everything that it has is dead',
    scope: 'clients:write',
    params: ClientPath,
    query: noQuery,
    body: noBody,
    success: { status: 204, description: 'Removed' },
    problems: ['beyond_own_permissions'],
    async handle({ ctx, actor, path }): Promise<undefined> {
      const id = path.client_id
      await requireClient(id, parts)
      await requireMay(parts, actor, { kind: 'client', id })
      if (!(await parts.administration.remove({ actor, address: parts.addressOf(ctx) }, id)))
        throw new Problem('not_found')
    },
  })
