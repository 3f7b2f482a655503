import { z } from 'zod'

export interface ServiceCallerParts {
  /** The claims of a good access token for the audience; undefined for anything else. */
  verify(token: string): Promise<object | undefined>
  /** What the client has for itself at the audience, now. */
  permissionsOf(clientId: string): Promise<readonly string[]>
  /** Whether the client is there, and was at a moment (seconds). */
  clientExistedAt(clientId: string, at: number): Promise<boolean>
  /** What it has to have. */
  scope: string
}

export type ServiceCaller =
  | { kind: 'ok'; clientId: string }
  | { kind: 'invalid_token' }
  | { kind: 'insufficient_scope'; clientId: string }

const Claims = z
  .object({
    sub: z.string(),
    client_id: z.string(),
    /** Seconds. */
    iat: z.number(),
    scope: z.string().default(''),
    // Bound to a key (RFC 9449 §7.1): as a bearer token it is worth nothing.
    cnf: z.never().exactOptional(),
  })
  // RFC 9068 §2.2: the client itself, not somebody who signed in with it.
  .refine(({ sub, client_id: clientId }) => sub === clientId)

/**
 * Who calls with a token of client credentials. It is a promise of the past: the client must still be there and still
 * have the permission.
 */
export const serviceCaller =
  ({ verify, permissionsOf, clientExistedAt, scope }: ServiceCallerParts) =>
  async (token: string | undefined): Promise<ServiceCaller> => {
    const claims = Claims.safeParse(token === undefined ? undefined : await verify(token))
    if (!claims.success) return { kind: 'invalid_token' }
    const { client_id: clientId, iat, scope: scopes } = claims.data
    if (!(await clientExistedAt(clientId, iat))) return { kind: 'invalid_token' }
    const present = await permissionsOf(clientId)
    const holds = scopes.split(' ').includes(scope) && present.includes(scope)
    return { kind: holds ? 'ok' : 'insufficient_scope', clientId }
  }
