import { z } from 'zod'

/** Characters: enough for every authenticator, and far below what a request may carry. */
const base64url = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .regex(/^[\w-]+$/)

/** At most 1023 bytes (Web Authentication Level 3 §4, credential id). */
const CredentialId = base64url(1364)

const credential = <Response extends z.ZodType>(response: Response) =>
  z
    .object({ id: CredentialId, rawId: CredentialId, type: z.literal('public-key'), response })
    .transform((known) => ({ ...known, clientExtensionResults: {} }))

/** `RegistrationResponseJSON` of a browser; members that we do not read are dropped. */
export const RegistrationResponse = credential(
  z.object({
    clientDataJSON: base64url(4096),
    attestationObject: base64url(32_768),
    transports: z
      .array(z.string().regex(/^[a-z-]{1,20}$/))
      .max(10)
      .default([]),
  }),
)

/** `AuthenticationResponseJSON` of a browser, likewise. */
export const AuthenticationResponse = credential(
  z.object({
    clientDataJSON: base64url(4096),
    authenticatorData: base64url(8192),
    signature: base64url(8192),
    // Up to 64 bytes; the name of the account for a passkey that finds it by itself.
    userHandle: base64url(88).nullish(),
  }),
)

const ClientData = z.object({ challenge: base64url(86) })

/** The challenge that the browser says it answers; undefined for what is no client data. */
export const challengeOf = (clientDataJSON: string): string | undefined => {
  try {
    const text = Buffer.from(clientDataJSON, 'base64url').toString('utf8')
    return ClientData.safeParse(JSON.parse(text)).data?.challenge
  } catch {
    return undefined
  }
}

/** Longest name of a passkey, in characters. */
export const LONGEST_PASSKEY_NAME = 60

/** What a person calls a passkey: one line. Undefined for nothing, and for too much. */
export const readPasskeyName = (typed: string): string | undefined => {
  const name = typed
    .normalize('NFC')
    .replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ')
    .trim()
  return name !== '' && name.isWellFormed() && [...name].length <= LONGEST_PASSKEY_NAME ? name : undefined
}
