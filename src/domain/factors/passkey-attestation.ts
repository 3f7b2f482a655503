import type { isoCBOR } from '@simplewebauthn/server/helpers'
import type { z } from 'zod'
import type { Passkey } from '../ports.ts'
import type { RegistrationResponse } from './passkey-input.ts'
import type { PasskeyParts } from './passkey-parts.ts'
import { webauthn, webauthnFormats } from './webauthn.ts'

export type AttestationResponse = z.output<typeof RegistrationResponse>

/**
 * ES256, EdDSA, RS256 (RFC 9053, RFC 8812): every authenticator has one of them. The library's own list grows with the
 * runtime.
 */
export const ALGORITHMS = [-7, -8, -257]

type CborValue = Parameters<typeof isoCBOR.encode>[0]

/**
 * What an authenticator says about itself is neither asked for nor believed, so that no certificate of a stranger is
 * read and no revocation list fetched: the statement becomes the one of `none` (Web Authentication Level 3 §8.7).
 *
 * @throws Error for what is no attestation object
 */
const withoutStatement = async (attestationObject: string): Promise<string> => {
  const { decodeAttestationObject, isoCBOR } = await webauthnFormats()
  const decoded = decodeAttestationObject(Uint8Array.from(Buffer.from(attestationObject, 'base64url')))
  const plain = new Map<string | number, CborValue>([
    ['fmt', 'none'],
    ['attStmt', new Map<string | number, CborValue>()],
    ['authData', decoded.get('authData')],
  ])
  return Buffer.from(isoCBOR.encode(plain)).toString('base64url')
}

/** The new credential (§7.1); undefined for anything that is not right about the answer. */
export const attestation = async (
  { issuer }: Pick<PasskeyParts, 'issuer'>,
  { response, challenge }: { response: AttestationResponse; challenge: string },
): Promise<Omit<Passkey, 'name' | 'addedAt' | 'lastUsedAt'> | undefined> => {
  const { transports } = response.response
  const info = await registrationInfo(response, { challenge, issuer })
  // The browser names it outside of what is signed.
  if (!info || info.credential.id !== response.id) return undefined
  const { id, publicKey, counter } = info.credential
  return {
    id,
    publicKey: Buffer.from(publicKey).toString('base64url'),
    counter,
    transports,
    isSynced: info.credentialDeviceType === 'multiDevice',
  }
}

const registrationInfo = async (
  response: AttestationResponse,
  { challenge, issuer }: { challenge: string; issuer: string },
) => {
  const { verifyRegistrationResponse } = await webauthn()
  try {
    const attestationObject = await withoutStatement(response.response.attestationObject)
    const { registrationInfo: info } = await verifyRegistrationResponse({
      response: { ...response, response: { ...response.response, attestationObject } },
      expectedChallenge: challenge,
      expectedOrigin: issuer,
      expectedRPID: new URL(issuer).hostname,
      requireUserVerification: false,
      supportedAlgorithmIDs: ALGORITHMS,
    })
    return info
  } catch {
    // The library throws for all that is wrong with what a browser sent.
    return undefined
  }
}
