import { type Metadata, status } from '@grpc/grpc-js'
import { z } from 'zod'
import { CallRefusal } from './call-refusal.ts'

export interface CallerParts {
  /** The claims of a good access token for the audience; undefined for anything else. */
  verify(token: string): Promise<object | undefined>
  /** What the client has for itself at the audience, now; nothing for one that is not there. */
  permissionsOf(clientId: string): Promise<readonly string[]>
  isRegistered(clientId: string): Promise<boolean>
  /** What it has to have. */
  scope: string
}

/**
 * Lets a service through; resolves with its client id.
 *
 * @throws CallRefusal UNAUTHENTICATED or PERMISSION_DENIED
 */
export type Authorize = (metadata: Metadata) => Promise<string>

const Claims = z
  .object({
    sub: z.string(),
    client_id: z.string(),
    scope: z.string().default(''),
    // Bound to a key (RFC 9449 §7.1): as a bearer token it is worth nothing.
    cnf: z.undefined(),
  })
  // RFC 9068 §2.2: the client itself, not somebody who signed in with it.
  .refine(({ sub, client_id: clientId }) => sub === clientId)

const BEARER = /^Bearer ([\w.~+/-]+=*)$/i

const tokenOf = (metadata: Metadata): string | undefined => {
  const [value, ...more] = metadata.get('authorization')
  return typeof value === 'string' && more.length === 0 ? BEARER.exec(value)?.[1] : undefined
}

/** A token of client credentials is a promise of the past: the client must still be there and hold the permission. */
export const authorize =
  ({ verify, permissionsOf, isRegistered, scope }: CallerParts): Authorize =>
  async (metadata) => {
    const token = tokenOf(metadata)
    const claims = Claims.safeParse(token === undefined ? undefined : await verify(token))
    if (!claims.success || !(await isRegistered(claims.data.client_id)))
      throw new CallRefusal(status.UNAUTHENTICATED, 'wanted: a good access token of client credentials')
    const { client_id: clientId, scope: scopes } = claims.data
    const present = await permissionsOf(clientId)
    if (scopes.split(' ').includes(scope) && present.includes(scope)) return clientId
    throw new CallRefusal(status.PERMISSION_DENIED, `wanted: the scope ${scope}`)
  }
