import type { Context } from 'koa'
import { z } from 'zod'
import type { Access } from '../../domain/access/access.ts'
import type { VerifyAccessToken } from '../access-token.ts'
import { Problem } from '../problem.ts'

export interface CallerParts {
  verify: VerifyAccessToken
  access: Pick<Access, 'ofClient' | 'builtIns'>
  /** Whether the client is registered. */
  isRegistered(clientId: string): Promise<boolean>
}

/** Lets a service through that may ask; rejects with the problems `invalid_token` and `insufficient_scope`. */
export type Authorize = (ctx: Context) => Promise<void>

const SCOPE = 'access:evaluate'

const Claims = z
  .object({
    sub: z.string(),
    client_id: z.string(),
    scope: z.string().default(''),
    // Bound to a key (RFC 9449 §7.1): as a bearer token it is worth nothing.
    cnf: z.never().optional(),
  })
  // RFC 9068 §2.2: the client itself, not somebody who signed in with it.
  .refine(({ sub, client_id: clientId }) => sub === clientId)

// RFC 6750 §2.1: in the header only; of a repeated one Node keeps the first.
const HEADER = /^Bearer ([\w.~+/-]+=*)$/i

/**
 * A token of client credentials for `@access`. It is a promise of the past: the client must still be there and still
 * have the permission.
 */
export const authorize = ({ verify, access, isRegistered }: CallerParts): Authorize => {
  const audience = access.builtIns['@access']
  return async (ctx) => {
    const token = HEADER.exec(ctx.get('authorization'))?.[1]
    const claims = Claims.safeParse(token === undefined ? undefined : await verify(token))
    if (!claims.success || !(await isRegistered(claims.data.client_id))) throw new Problem('invalid_token')
    const scopes = claims.data.scope.split(' ')
    const present = await access.ofClient(claims.data.client_id, audience)
    if (scopes.includes(SCOPE) && present.includes(SCOPE)) return
    // RFC 6750 §3.1.
    ctx.set('WWW-Authenticate', `Bearer error="insufficient_scope", scope="${SCOPE}"`)
    throw new Problem('insufficient_scope')
  }
}
