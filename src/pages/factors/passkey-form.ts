import { z } from 'zod'
import type { InteractionParts } from '../parts.ts'
import { interactionPath } from '../step.ts'
import type { PasskeyForm } from './locals.ts'

/** Characters; an answer with an attestation of an authenticator's maker is a few thousand. */
const LONGEST = 16_384

/** What the browser's WebAuthn said, as JSON in a field of a form; the rules of passkeys look into it. */
export const PasskeyAnswer = z.object({
  response: z
    .string()
    .max(LONGEST)
    .transform((text, context): unknown => {
      try {
        return JSON.parse(text)
      } catch {
        context.addIssue({ code: 'custom', message: 'no JSON' })
        return z.NEVER
      }
    }),
})

/** Signing in with a passkey, as the first factor or the second one. */
export const signInPasskey = (parts: Pick<InteractionParts, 'csrf'>, uid: string): PasskeyForm => ({
  ceremony: 'get',
  csrf: parts.csrf.interactionToken(uid),
  action: interactionPath(uid, 'passkey'),
  optionsAction: interactionPath(uid, 'passkey/options'),
})

/** Setting up a passkey within a sign-in. */
export const enrolPasskey = (parts: Pick<InteractionParts, 'csrf'>, uid: string): PasskeyForm => ({
  ceremony: 'create',
  csrf: parts.csrf.interactionToken(uid),
  action: interactionPath(uid, 'enrol/passkey'),
  optionsAction: interactionPath(uid, 'enrol/passkey/options'),
})
