import { z } from 'zod'
import { deviceName } from '../../../domain/devices.ts'
import type { AccountSession } from '../../../oidc/account-sessions.ts'
import type { Operation } from '../../operation.ts'
import type { AuthParts } from '../../parts.ts'

const Session = z.object({
  id: z.string(),
  /** `browser`: signed in on the pages; `api`: by `POST /auth/login`. */
  kind: z.enum(['browser', 'api']),
  /** What the browser or program said of itself, such as `Firefox on macOS`. */
  device: z.string(),
  device_kind: z.enum(['computer', 'phone', 'tablet', 'program']),
  address: z.string().optional(),
  started_at: z.iso.datetime(),
  /** Exact to the hour. */
  last_used_at: z.iso.datetime(),
  /** The one that this call belongs to. */
  current: z.boolean(),
})
const Sessions = z.object({ sessions: z.array(Session) })

const described = (session: AccountSession, family: string): z.output<typeof Session> => ({
  id: session.id,
  kind: session.kind,
  device: deviceName(session.device),
  device_kind: session.device.kind,
  ...(session.address === undefined ? {} : { address: session.address }),
  started_at: new Date(session.startedAt).toISOString(),
  last_used_at: new Date(session.lastUsedAt).toISOString(),
  current: session.reference === family,
})

export const sessions = ({ bearer, sessions: all }: AuthParts): Operation => ({
  method: 'GET',
  path: '/auth/sessions',
  summary: 'Where the person is signed in, in browsers and by this API, the newest first',
  body: undefined,
  needsToken: true,
  success: { status: 200, description: 'The sessions', schema: Sessions },
  problems: [],
  async handle(ctx): Promise<z.output<typeof Sessions>> {
    const { sub, family } = await bearer(ctx)
    return { sessions: (await all.list(sub)).map((session) => described(session, family)) }
  },
})
