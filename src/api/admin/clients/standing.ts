import { z } from 'zod'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { requireMay } from '../guard.ts'
import { adminOperation, noBody, noQuery } from '../operation.ts'
import { tagged } from '../precondition.ts'
import { timeMember } from '../time.ts'
import type { ClientAdminParts } from './parts.ts'
import { ClientPath, requireClient } from './read.ts'
import { ClientOutput, clientTag, Secret, shownClient } from './representation.ts'

const LONGEST_OVERLAP = 30 * 24 * 60 * 60

const RotationBody = z.strictObject({
  /** Seconds for which the present secret is accepted beside the new one; 0: it ends now. */
  overlap: z.int().min(0).max(LONGEST_OVERLAP),
})
const Rotated = Secret.extend({
  client_id: z.string(),
  former_secret_until: z.iso.datetime().optional(),
})

export const rotateSecret = (parts: ClientAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'POST',
    path: '/admin/clients/{client_id}/secret/rotate',
    summary:
      'Makes a new secret, which is in this answer and nowhere else; the present one is accepted for `overlap`',
    scope: 'clients:write',
    params: ClientPath,
    query: noQuery,
    body: RotationBody,
    isCreation: true,
    success: { status: 201, description: 'The new secret', schema: Rotated },
    problems: ['beyond_own_permissions', 'no_secret'],
    async handle({ ctx, actor, path, body: { overlap } }): Promise<z.output<typeof Rotated>> {
      const id = path.client_id
      await requireClient(id, parts)
      await requireMay(parts, actor, { kind: 'client', id })
      const by = { actor, address: parts.addressOf(ctx) }
      const rotated = await parts.administration.rotateSecret(by, id, overlap)
      if (rotated.kind === 'unknown') throw new Problem('not_found')
      if (rotated.kind === 'no_secret') throw new Problem('no_secret')
      return {
        client_id: id,
        client_secret: rotated.secret,
        client_secret_expires_at: 0,
        ...timeMember('former_secret_until', overlap === 0 ? undefined : rotated.formerUntil),
      }
    },
  })

const standingCall = (
  parts: ClientAdminParts,
  {
    disabled,
    ...call
  }: { method: 'POST'; path: `/admin/clients/{client_id}/${string}`; summary: string; disabled: boolean },
): Operation =>
  adminOperation(parts.gate, {
    ...call,
    scope: 'clients:write',
    params: ClientPath,
    query: noQuery,
    body: noBody,
    success: {
      status: 200,
      description: 'The client as it is then',
      schema: ClientOutput,
      headers: ['ETag'],
    },
    problems: ['beyond_own_permissions'],
    async handle({ ctx, actor, path: { client_id: id } }): Promise<ClientOutput> {
      await requireClient(id, parts)
      await requireMay(parts, actor, { kind: 'client', id })
      await parts.administration.setDisabled({ actor, address: parts.addressOf(ctx) }, id, disabled)
      const registered = await requireClient(id, parts)
      const model = await parts.access.model()
      tagged(ctx, clientTag(registered, model))
      return shownClient(registered, model)
    },
  })

export const disableClient = (parts: ClientAdminParts): Operation =>
  standingCall(parts, {
    method: 'POST',
    path: '/admin/clients/{client_id}/disable',
    summary: 'Nothing is issued to the client any more, and what it has is dead, until it is enabled',
    disabled: true,
  })

export const enableClient = (parts: ClientAdminParts): Operation =>
  standingCall(parts, {
    method: 'POST',
    path: '/admin/clients/{client_id}/enable',
    summary: 'Lets the client in again',
    disabled: false,
  })
