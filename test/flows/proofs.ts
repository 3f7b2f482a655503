import { createHash, randomUUID } from 'node:crypto'
import { calculateJwkThumbprint, exportJWK, generateKeyPair, SignJWT } from 'jose'

/** A key of a client that binds its tokens (RFC 9449). */
export interface Holder {
  thumbprint: string
  /** A proof for one request; `claims` come on top, `token` is the access token that goes along. */
  prove(
    request: { htm: string; htu: string },
    options?: { token?: string; claims?: Record<string, unknown>; header?: Record<string, unknown> },
  ): Promise<string>
}

export const createHolder = async (): Promise<Holder> => {
  const { publicKey, privateKey } = await generateKeyPair('ES256')
  const jwk = await exportJWK(publicKey)
  return {
    thumbprint: await calculateJwkThumbprint(jwk),
    prove: (request, { token, claims = {}, header = {} } = {}) =>
      new SignJWT({
        ...request,
        jti: randomUUID(),
        iat: Math.floor(Date.now() / 1000),
        ...(token === undefined ? {} : { ath: createHash('sha256').update(token).digest('base64url') }),
        ...claims,
      })
        .setProtectedHeader({ alg: 'ES256', typ: 'dpop+jwt', jwk, ...header })
        .sign(privateKey),
  }
}
