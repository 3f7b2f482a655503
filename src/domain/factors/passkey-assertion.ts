import type { z } from 'zod'
import type { Passkey } from '../ports.ts'
import type { AuthenticationResponse } from './passkey-input.ts'
import type { PasskeyParts } from './passkey-parts.ts'
import { webauthn } from './webauthn.ts'

export type AssertionResponse = z.output<typeof AuthenticationResponse>

/** What a passkey has shown, or why it is not believed. */
export type Assertion =
  | { kind: 'proven'; counter: number; isUserVerified: boolean }
  | { kind: 'refused'; reason: 'signature' | 'counter' | 'device' }

/** @param asked.isAlone the passkey is the whole sign-in: it has to verify its user */
export const assertion = async (
  { issuer }: Pick<PasskeyParts, 'issuer'>,
  asked: { response: AssertionResponse; challenge: string; passkey: Passkey; isAlone: boolean },
): Promise<Assertion> => {
  const { response, challenge, passkey, isAlone } = asked
  const { userHandle, ...signed } = response.response
  const { verifyAuthenticationResponse } = await webauthn()
  try {
    const { verified, authenticationInfo: info } = await verifyAuthenticationResponse({
      response: { ...response, response: userHandle ? { ...signed, userHandle } : signed },
      expectedChallenge: challenge,
      expectedOrigin: issuer,
      expectedRPID: new URL(issuer).hostname,
      credential: {
        id: passkey.id,
        publicKey: Uint8Array.from(Buffer.from(passkey.publicKey, 'base64url')),
        // Looked at below, once the signature is known to be good: only then it tells of a copy.
        counter: 0,
      },
      requireUserVerification: isAlone,
    })
    if (!verified) return { kind: 'refused', reason: 'signature' }
    // §7.2, step 17: what may be copied stays so.
    if ((info.credentialDeviceType === 'multiDevice') !== passkey.isSynced) {
      return { kind: 'refused', reason: 'device' }
    }
    return { kind: 'proven', counter: info.newCounter, isUserVerified: info.userVerified }
  } catch {
    // The library throws for all that is wrong with what a browser sent.
    return { kind: 'refused', reason: 'signature' }
  }
}
