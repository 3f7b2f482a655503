import { z } from 'zod'

/** The answer of a sign-in or a refresh (RFC 6749 §5.1). */
export const TokenAnswer = z.object({
  access_token: z.string(),
  token_type: z.literal('Bearer'),
  expires_in: z.int(),
  refresh_token: z.string(),
  scope: z.string(),
})
