import { createLocalJWKSet, type JSONWebKeySet, type JWTPayload, jwtVerify } from 'jose'
import type { Clock } from '../domain/ports.ts'

export interface AccessTokenParts {
  /** Public signing keys: the same object until they change. */
  jwks(): JSONWebKeySet
  issuer: string
  /** The audience that is accepted. */
  audience: string
  now: Clock
}

/** The claims of a good access token (RFC 9068 §4); undefined for anything else. */
export type VerifyAccessToken = (token: string) => Promise<JWTPayload | undefined>

/** Tokens that are remembered: a service sends the same one with every request. */
const MOST_REMEMBERED = 1000

interface Known {
  of: JSONWebKeySet
  keys: ReturnType<typeof createLocalJWKSet>
  claims: Map<string, JWTPayload>
}

/** Checks issuer, audience, type, time and signature of JWT access tokens, the signature once for as long as the keys stay. */
export const verifyAccessToken = ({ jwks, issuer, audience, now }: AccessTokenParts): VerifyAccessToken => {
  const knownBy = (of: JSONWebKeySet): Known => ({ of, keys: createLocalJWKSet(of), claims: new Map() })
  let known = knownBy(jwks())
  const verified = async (token: string): Promise<JWTPayload | undefined> => {
    const by = known
    const expected = { issuer, audience, typ: 'at+jwt', algorithms: ['ES256'], currentDate: new Date(now()) }
    try {
      const { payload } = await jwtVerify(token, by.keys, expected)
      remember(by.claims, token, payload)
      return payload
    } catch {
      return undefined
    }
  }
  return async (token) => {
    const present = jwks()
    if (present !== known.of) known = knownBy(present)
    const claims = known.claims.get(token)
    return claims === undefined ? verified(token) : isOver(claims, now()) ? undefined : claims
  }
}

const isOver = ({ exp = 0 }: JWTPayload, now: number): boolean => exp * 1000 <= now

/** The one that came first goes. */
const remember = (claims: Map<string, JWTPayload>, token: string, payload: JWTPayload): void => {
  const [first] = claims.keys()
  if (claims.size >= MOST_REMEMBERED && first !== undefined) claims.delete(first)
  claims.set(token, payload)
}
