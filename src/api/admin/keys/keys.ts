import { z } from 'zod'
import { actorName } from '../../../domain/access/actor.ts'
import type { KeyInfo } from '../../../domain/signing-keys.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { adminOperation, noBody, noQuery } from '../operation.ts'
import type { AdminParts } from '../parts.ts'
import { Flag } from '../removal.ts'

const Key = z.object({
  /** RFC 7638 thumbprint. */
  kid: z.string(),
  alg: z.enum(['ES256', 'RS256']),
  /** `next` is published and waits, `current` signs, `retired` is published for what it has signed. */
  state: z.enum(['next', 'current', 'retired']),
  created_at: z.iso.datetime(),
  /** When it entered its state. */
  since: z.iso.datetime(),
})
const Keys = z.object({ keys: z.array(Key) })

const shown = ({ kid, alg, state, createdAt, since }: KeyInfo): z.output<typeof Key> => ({
  kid,
  alg,
  state,
  created_at: new Date(createdAt).toISOString(),
  since: new Date(since).toISOString(),
})

const allKeys = async ({ signingKeys }: Pick<AdminParts, 'signingKeys'>): Promise<z.output<typeof Keys>> => ({
  keys: (await signingKeys.list()).map(shown),
})

export const listKeys = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/keys',
    summary: 'The signing keys and their states, never their secrets',
    scope: 'keys:read',
    query: noQuery,
    body: noBody,
    success: { status: 200, description: 'The keys, in the order of the JWKS', schema: Keys },
    problems: [],
    handle: () => allKeys(parts),
  })

const RotationQuery = z.strictObject({
  /** Does not wait until every application can know the next keys. */
  force: Flag,
})

export const rotateKeys = (parts: AdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'POST',
    path: '/admin/keys/rotate',
    summary: 'Lets the next signing keys sign; every process follows within a second',
    scope: 'keys:write',
    query: RotationQuery,
    body: noBody,
    isCreation: true,
    success: { status: 200, description: 'The keys as they are then', schema: Keys },
    problems: ['not_yet', 'overtaken'],
    extensions: { not_yet: z.object({ possible_at: z.iso.datetime() }) },
    async handle({ actor, query: { force } }) {
      const rotation = await parts.signingKeys.rotate({ force })
      if (rotation.kind === 'too_young') {
        const possibleAt = new Date(rotation.possibleAt).toISOString()
        throw new Problem('not_yet', { extensions: { possible_at: possibleAt } })
      }
      if (rotation.kind === 'overtaken') throw new Problem('overtaken')
      parts.gate.audit({ type: 'keys.rotated', actor: actorName(actor), detail: { force } })
      return allKeys(parts)
    },
  })
