import { z } from 'zod'
import { list } from './values.ts'

const Value = z.string().regex(/^[A-Za-z0-9_-]{1,2048}$/, { error: 'wanted a value in base64url' })

/** RFC 7517 §4; strict, so that a private key is refused (RFC 7518 §6: `d` and the others; X-35). */
const described = {
  kid: z.string().min(1).max(256).exactOptional(),
  alg: z.string().min(1).max(64).exactOptional(),
  use: z.string().min(1).max(16).exactOptional(),
  key_ops: list(z.string().max(64)).exactOptional(),
  x5c: z.array(z.string().min(1).max(8192)).max(10).exactOptional(),
  x5t: Value.exactOptional(),
  'x5t#S256': Value.exactOptional(),
}

const PublicKey = z.discriminatedUnion(
  'kty',
  [
    z.strictObject({ ...described, kty: z.literal('EC'), crv: z.string().max(64), x: Value, y: Value }),
    z.strictObject({ ...described, kty: z.literal('RSA'), n: Value, e: Value }),
    z.strictObject({ ...described, kty: z.literal('OKP'), crv: z.string().max(64), x: Value }),
  ],
  { error: 'wanted a public key with kty EC, RSA or OKP' },
)

/** RFC 7517 §5: the public keys of a client. */
export const Jwks = z.strictObject({
  keys: z.array(PublicKey).min(1, { error: 'wanted at least one key' }).max(20),
})
