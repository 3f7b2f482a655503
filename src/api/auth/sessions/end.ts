import { z } from 'zod'
import type { Operation } from '../../operation.ts'
import type { AuthParts } from '../../parts.ts'
import { Problem } from '../../problem.ts'

const Path = z.object({ id: z.string() })

/** An unknown id and one of another person are told by the same answer. */
export const endSession = ({ bearer, sessions, addressOf }: AuthParts): Operation<typeof Path> => ({
  method: 'DELETE',
  path: '/auth/sessions/{id}',
  summary: 'Sign out one session with everything that it gave to applications; also the own one',
  params: Path,
  body: undefined,
  needsToken: true,
  success: { status: 204, description: 'Signed out' },
  problems: ['not_found'],
  async handle(ctx, { id }) {
    const { sub } = await bearer(ctx)
    if (!(await sessions.end(sub, id, addressOf(ctx)))) throw new Problem('not_found')
    return undefined
  },
})

export const endOtherSessions = ({ bearer, sessions, addressOf }: AuthParts): Operation => ({
  method: 'DELETE',
  path: '/auth/sessions',
  summary: 'Sign out all sessions but the one that this call belongs to',
  body: undefined,
  needsToken: true,
  success: { status: 204, description: 'Signed out' },
  problems: [],
  async handle(ctx) {
    const { sub, family } = await bearer(ctx)
    await sessions.endOthers(sub, [family], addressOf(ctx))
    return undefined
  },
})
