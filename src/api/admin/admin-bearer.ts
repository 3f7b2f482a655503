import type { Context } from 'koa'
import { z } from 'zod'
import type { Access } from '../../domain/access/access.ts'
import { type Actor, actorName } from '../../domain/access/actor.ts'
import type { Account, Audit } from '../../domain/ports.ts'
import { isGrantAlive } from '../../oidc/adapter-parts.ts'
import type { VerifyAccessToken } from '../access-token.ts'
import { Problem } from '../problem.ts'

type Thing = 'accounts' | 'clients' | 'resources' | 'roles' | 'grants' | 'keys' | 'audit'
/** A permission of `@admin`. */
export type AdminScope = `${Thing}:${'read' | 'write'}`

export interface AdminBearerParts {
  /** For the audience `@admin`. */
  verify: VerifyAccessToken
  access: Pick<Access, 'ofPerson' | 'ofClient' | 'ceiling' | 'builtIns'>
  account(sub: string): Promise<Account | undefined>
  /** Whether the client is there, and was at a moment (seconds). */
  clientExistedAt(clientId: string, at: number): Promise<boolean>
  audit: Audit
}

/** What is asked for, as the audit names it when it is refused. */
export interface Wanted {
  scope: AdminScope
  /** Method and pattern of the path. */
  call: string
}

/** Who calls, with what it may do now; rejects with the problems `invalid_token` and `insufficient_scope`. */
export type AdminBearer = (ctx: Context, wanted: Wanted) => Promise<Actor>

const Claims = z.object({
  sub: z.string(),
  client_id: z.string(),
  /** Seconds. */
  iat: z.number(),
  scope: z.string().default(''),
  // Bound to a key (RFC 9449 §7.1): as a bearer token it is worth nothing.
  cnf: z.never().optional(),
})
type Claims = z.output<typeof Claims>

// RFC 6750 §2.1: in the header only; of a repeated one Node keeps the first.
const HEADER = /^Bearer ([\w.~+/-]+=*)$/i

/**
 * Tokens for `@admin` (RFC 9068 §4), of a client or of a person. What a token says is a promise of the past: it counts
 * as far as its client and its person are still there and still have these permissions. The actor has what the token
 * and its subject have both, so a token of little scope hands on little.
 */
export const adminBearer =
  (parts: AdminBearerParts): AdminBearer =>
  async (ctx, { scope, call }) => {
    const token = HEADER.exec(ctx.get('authorization'))?.[1]
    const claims = Claims.safeParse(token === undefined ? undefined : await parts.verify(token))
    const actor = claims.success ? await actorOf(claims.data, parts) : undefined
    if (!actor) throw new Problem('invalid_token')
    if (actor.permissions.has(scope)) return actor
    parts.audit({
      type: 'administration.refused',
      actor: actorName(actor),
      detail: { call, missing: scope },
    })
    // RFC 6750 §3.1.
    ctx.set('WWW-Authenticate', `Bearer error="insufficient_scope", scope="${scope}"`)
    throw new Problem('insufficient_scope')
  }

const actorOf = async (claims: Claims, parts: AdminBearerParts): Promise<Actor | undefined> => {
  const { access, account, clientExistedAt } = parts
  const { sub, client_id: clientId, iat, scope } = claims
  const api = access.builtIns['@admin']
  if (!(await clientExistedAt(clientId, iat))) return undefined
  const narrowed = (...bounds: string[][]): ReadonlySet<string> =>
    new Set(scope.split(' ').filter((each) => bounds.every((bound) => bound.includes(each))))
  // RFC 9068 §2.2: nobody but the client itself; an account never has the id of a client (N-17).
  if (sub === clientId)
    return { kind: 'client', id: sub, permissions: narrowed(await access.ofClient(clientId, api)) }
  if (!isGrantAlive(await account(sub), { clientId, bornAt: iat })) return undefined
  const bounds = await Promise.all([access.ofPerson(sub, api), access.ceiling(clientId, api)])
  return { kind: 'user', id: sub, permissions: narrowed(...bounds) }
}
