import { createLocalJWKSet, errors, type JSONWebKeySet, jwtVerify } from 'jose'
import { z } from 'zod'
import { ACCOUNT_CLIENT } from '../domain/first-party.ts'
import type { Clock } from '../domain/ports.ts'

export interface IdTokenParts {
  issuer: string
  /** Public signing keys. */
  jwks(): JSONWebKeySet
  now: Clock
}

const Claims = z.object({
  sub: z.string(),
  nonce: z.string(),
  acr: z.string(),
  amr: z.array(z.string()),
  auth_time: z.int(),
})

/** The claims of an ID token of the console (OpenID Connect Core §3.1.3.7); undefined if it is not good. */
export const claimsOf = async (
  idToken: string,
  nonce: string,
  { issuer, jwks, now }: IdTokenParts,
): Promise<z.output<typeof Claims> | undefined> => {
  try {
    const { payload } = await jwtVerify(idToken, createLocalJWKSet(jwks()), {
      issuer,
      audience: ACCOUNT_CLIENT,
      algorithms: ['ES256'],
      currentDate: new Date(now()),
    })
    const claims = Claims.parse(payload)
    return claims.nonce === nonce ? claims : undefined
  } catch (error) {
    if (error instanceof errors.JOSEError || error instanceof z.ZodError) return undefined
    throw error
  }
}
