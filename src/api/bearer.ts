import { createLocalJWKSet, type JSONWebKeySet, jwtVerify } from 'jose'
import type { Context } from 'koa'
import { z } from 'zod'
import { FIRST_PARTY_CLIENT } from '../domain/first-party.ts'
import type { Clock } from '../domain/ports.ts'
import type { FirstPartyTokens } from '../oidc/first-party-tokens.ts'
import { Problem } from './problem.ts'

/** Who has called with a good access token. */
export interface Caller {
  sub: string
  /** Id of the grant behind the token. */
  family: string
  /** RFC 8176 methods of the sign-in. */
  amr: string[]
}

export interface BearerParts {
  /** Public signing keys: the same object until they change. */
  jwks(): JSONWebKeySet
  issuer: string
  /** The audience that is accepted. */
  audience: string
  tokens: Pick<FirstPartyTokens, 'isAlive'>
  now: Clock
}

/** The caller of a request; rejects with the problem `invalid_token`. */
export type Bearer = (ctx: Context) => Promise<Caller>

const Claims = z.object({
  sub: z.string(),
  sid: z.string(),
  // Those of an earlier release do not say: they were for a password.
  amr: z.array(z.string()).default(['pwd']),
  client_id: z.literal(FIRST_PARTY_CLIENT),
})

// RFC 6750 §2.1: in the header only; of a repeated one Node keeps the first.
const HEADER = /^Bearer ([\w.~+/-]+=*)$/i

/** Access tokens of the REST API (RFC 9068 §4), whose family lives: it ends with a logout, a reset, a disabled account. */
export const bearer = ({ jwks, issuer, audience, tokens, now }: BearerParts): Bearer => {
  let known = { of: jwks(), keys: createLocalJWKSet(jwks()) }
  const keys = () => {
    const present = jwks()
    if (present !== known.of) known = { of: present, keys: createLocalJWKSet(present) }
    return known.keys
  }
  return async (ctx) => {
    const token = HEADER.exec(ctx.get('authorization'))?.[1]
    if (token === undefined) throw new Problem('invalid_token')
    const claims = await claimsOf(token, {
      keys: keys(),
      options: { issuer, audience, typ: 'at+jwt', algorithms: ['ES256'], currentDate: new Date(now()) },
    })
    if (!(await tokens.isAlive(claims.sid, claims.sub))) throw new Problem('invalid_token')
    return { sub: claims.sub, family: claims.sid, amr: claims.amr }
  }
}

/** The caller of a request that need not have one: undefined without a token; a bad one is `invalid_token`. */
export const optionalBearer =
  (bearer: Bearer) =>
  async (ctx: Context): Promise<Caller | undefined> =>
    ctx.get('authorization') === '' ? undefined : bearer(ctx)

const claimsOf = async (
  token: string,
  { keys, options }: { keys: ReturnType<typeof createLocalJWKSet>; options: Parameters<typeof jwtVerify>[2] },
): Promise<z.output<typeof Claims>> => {
  try {
    const { payload } = await jwtVerify(token, keys, options)
    return Claims.parse(payload)
  } catch {
    throw new Problem('invalid_token')
  }
}
