import type { IncomingMessage } from 'node:http'
import { createRemoteJWKSet, errors, type JWTPayload, jwtVerify } from 'jose'
import type { Settings } from './settings.ts'

/** What a request may do, or the answer that refuses it (RFC 6750 §3.1). */
export type Access =
  | { kind: 'granted'; sub: string }
  | { kind: 'refused'; status: 401 | 403; challenge: Record<string, string> }
  | { kind: 'unavailable' }

// The keys could not be had: our trouble, not the caller's, so the answer is 503 and not 401.
const KEYS_AWAY = ['ERR_JOSE_GENERIC', 'ERR_JWKS_TIMEOUT', 'ERR_JWKS_INVALID']
const isTokenFault = (error: unknown): boolean =>
  error instanceof errors.JOSEError && !KEYS_AWAY.includes(error.code)

const invalid: Access = { kind: 'refused', status: 401, challenge: { error: 'invalid_token' } }

/** Returns a function that checks a request's access token (RFC 9068 §4) and asks for one scope of it. */
export const accessTokens = ({ issuer, resource, jwksUri }: Settings) => {
  // Fetched at the first request, cached, fetched again when a token names an unknown key.
  const keys = createRemoteJWKSet(new URL(jwksUri))
  const claimsOf = async (token: string): Promise<JWTPayload> => {
    const { payload } = await jwtVerify(token, keys, {
      issuer,
      audience: resource,
      typ: 'at+jwt', // An ID token has the same signer, but is no key to an API.
      algorithms: ['ES256', 'RS256'],
      requiredClaims: ['exp', 'iat', 'sub', 'jti', 'client_id'],
    })
    return payload
  }
  return async (request: IncomingMessage, scope: string): Promise<Access> => {
    // Only the header: a token in the query would end up in logs (RFC 6750 §5.3).
    const [, token] = /^Bearer +(\S+)$/i.exec(request.headers.authorization ?? '') ?? []
    if (!token) return { kind: 'refused', status: 401, challenge: {} }
    try {
      const claims = await claimsOf(token)
      const scopes = typeof claims.scope === 'string' ? claims.scope.split(' ') : []
      if (!scopes.includes(scope)) {
        return { kind: 'refused', status: 403, challenge: { error: 'insufficient_scope', scope } }
      }
      return typeof claims.sub === 'string' ? { kind: 'granted', sub: claims.sub } : invalid
    } catch (error) {
      return isTokenFault(error) ? invalid : { kind: 'unavailable' }
    }
  }
}
