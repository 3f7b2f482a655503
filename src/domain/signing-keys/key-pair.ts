import { generateKeyPair, hash } from 'node:crypto'
import { promisify } from 'node:util'
import { z } from 'zod'

/** The algorithms that always have a key, the default one first. */
export const algorithms = ['ES256', 'RS256'] as const
export type Algorithm = (typeof algorithms)[number]

const Member = z.string().regex(/^[A-Za-z0-9_-]+$/)

const EllipticKey = z.object({ kty: z.literal('EC'), crv: z.literal('P-256'), x: Member, y: Member })
const RsaKey = z.object({ kty: z.literal('RSA'), n: Member, e: Member })

/** RFC 7517 §4, RFC 7518 §6: the members that make the public key, and no others. */
export const PublicKey = z.discriminatedUnion('kty', [EllipticKey, RsaKey])
export type PublicKey = z.infer<typeof PublicKey>

export const PrivateKey = z.discriminatedUnion('kty', [
  EllipticKey.extend({ d: Member }),
  RsaKey.extend({ d: Member, p: Member, q: Member, dp: Member, dq: Member, qi: Member }),
])
export type PrivateKey = z.infer<typeof PrivateKey>

const generate = promisify(generateKeyPair)

const generators = {
  ES256: () => generate('ec', { namedCurve: 'P-256' }),
  RS256: () => generate('rsa', { modulusLength: 2048 }),
} satisfies Record<Algorithm, unknown>

/** Makes a private key in the thread pool; the event loop does not wait. */
export const generatePrivateKey = async (alg: Algorithm): Promise<PrivateKey> => {
  const { privateKey } = await generators[alg]()
  return PrivateKey.parse(privateKey.export({ format: 'jwk' }))
}

/** RFC 7638 §3: SHA-256 of the required members in lexicographic order. */
export const thumbprint = (key: PublicKey): string => {
  const members =
    key.kty === 'EC'
      ? { crv: key.crv, kty: key.kty, x: key.x, y: key.y }
      : { e: key.e, kty: key.kty, n: key.n }
  return hash('sha256', JSON.stringify(members), 'base64url')
}
