import { z } from 'zod'
import { actorName } from '../../../domain/access/actor.ts'
import { deviceName } from '../../../domain/devices.ts'
import type { AccountSession } from '../../../oidc/account-sessions.ts'
import type { Operation } from '../../operation.ts'
import { Problem } from '../../problem.ts'
import { requireMay } from '../guard.ts'
import { adminOperation, noBody, noQuery } from '../operation.ts'
import { time } from '../time.ts'
import type { AccountAdminParts } from './parts.ts'
import { AccountPath } from './read.ts'

const Session = z.object({
  id: z.string(),
  /** `browser`: signed in on the pages; `api`: by `POST /auth/login`. */
  kind: z.enum(['browser', 'api']),
  device: z.string(),
  device_kind: z.enum(['computer', 'phone', 'tablet', 'program']),
  address: z.string().optional(),
  started_at: z.iso.datetime(),
  /** Exact to the hour. */
  last_used_at: z.iso.datetime(),
})
const Sessions = z.object({ sessions: z.array(Session) })

const shown = ({ id, kind, device, address, startedAt, lastUsedAt }: AccountSession) => ({
  id,
  kind,
  device: deviceName(device),
  device_kind: device.kind,
  ...(address === undefined ? {} : { address }),
  started_at: time(startedAt),
  last_used_at: time(lastUsedAt),
})

export const listAccountSessions = (parts: AccountAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'GET',
    path: '/admin/accounts/{sub}/sessions',
    summary: 'Where the person is signed in, the newest first; at most 100',
    scope: 'grants:read',
    params: AccountPath,
    query: noQuery,
    body: noBody,
    success: { status: 200, description: 'The sessions', schema: Sessions },
    problems: [],
    async handle({ path: { sub } }): Promise<z.output<typeof Sessions>> {
      if (!(await parts.accounts.present(sub))) throw new Problem('not_found')
      return { sessions: (await parts.sessions.list(sub)).map(shown) }
    },
  })

export const endAccountSessions = (parts: AccountAdminParts): Operation =>
  adminOperation(parts.gate, {
    method: 'POST',
    path: '/admin/accounts/{sub}/sessions/end',
    summary: 'Ends every session, grant and token of the account, everywhere',
    scope: 'grants:write',
    params: AccountPath,
    query: noQuery,
    body: noBody,
    success: { status: 204, description: 'They are over' },
    problems: ['beyond_own_permissions'],
    async handle({ ctx, actor, path: { sub } }): Promise<undefined> {
      if (!(await parts.accounts.present(sub))) throw new Problem('not_found')
      await requireMay(parts, actor, { kind: 'user', id: sub })
      await parts.sessions.endAll(sub, parts.addressOf(ctx), actorName(actor))
    },
  })
