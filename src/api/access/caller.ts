import type { Context } from 'koa'
import type { Access } from '../../domain/access/access.ts'
import { serviceCaller } from '../../oidc/service-caller.ts'
import type { VerifyAccessToken } from '../access-token.ts'
import { Problem } from '../problem.ts'

export interface CallerParts {
  verify: VerifyAccessToken
  access: Pick<Access, 'ofClient' | 'builtIns'>
  /** Whether the client is there, and was at a moment (seconds). */
  clientExistedAt(clientId: string, at: number): Promise<boolean>
}

/** Lets a service through that may ask; rejects with the problems `invalid_token` and `insufficient_scope`. */
export type Authorize = (ctx: Context) => Promise<void>

const SCOPE = 'access:evaluate'

// RFC 6750 §2.1: in the header only; of a repeated one Node keeps the first.
const HEADER = /^Bearer ([\w.~+/-]+=*)$/i

/** A token of client credentials for `@access`. */
export const authorize = ({ verify, access, clientExistedAt }: CallerParts): Authorize => {
  const audience = access.builtIns['@access']
  const permissionsOf = (clientId: string) => access.ofClient(clientId, audience)
  const callerOf = serviceCaller({ verify, permissionsOf, clientExistedAt, scope: SCOPE })
  return async (ctx) => {
    const { kind } = await callerOf(HEADER.exec(ctx.get('authorization'))?.[1])
    if (kind === 'ok') return
    // RFC 6750 §3.1.
    if (kind === 'insufficient_scope')
      ctx.set('WWW-Authenticate', `Bearer error="insufficient_scope", scope="${SCOPE}"`)
    throw new Problem(kind)
  }
}
