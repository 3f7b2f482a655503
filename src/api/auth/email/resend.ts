import type { Context } from 'koa'
import { z } from 'zod'
import { optionalBearer } from '../../bearer.ts'
import { jsonInput, text } from '../../json-input.ts'
import type { Operation } from '../../operation.ts'
import type { AuthParts } from '../../parts.ts'
import { Problem } from '../../problem.ts'
import { requireMail, requireSent } from '../outcomes.ts'

const Body = z.object({
  /** Wanted without an access token. */
  email: text(1_000).optional(),
})

/** The same answer for every address, and for an account that waits for no proof (C-24). */
export const resendProof = (parts: AuthParts): Operation => ({
  method: 'POST',
  path: '/auth/email/resend',
  summary: 'Send the letter that proves an address once more, if the address waits for its proof',
  body: Body,
  needsToken: 'optional',
  success: { status: 202, description: 'If the address waits for its proof, a letter is on its way' },
  problems: ['invalid_fields', 'too_many_attempts', 'mail_unavailable'],
  async handle(ctx) {
    const email = await addressFor(ctx, parts)
    requireMail(parts.mailReady)
    requireSent(await parts.emailProof.request({ email, address: parts.addressOf(ctx), locale: undefined }))
  },
})

/** The caller's own, whatever the body says. */
const addressFor = async (ctx: Context, { bearer, account }: AuthParts): Promise<string> => {
  const caller = await optionalBearer(bearer)(ctx)
  const { email } = await jsonInput(ctx, Body)
  if (caller) {
    const own = await account(caller.sub)
    if (!own) throw new Problem('invalid_token')
    return own.email
  }
  if (email === undefined) {
    throw new Problem('bad_request', { errors: [{ field: 'email', code: 'malformed' }] })
  }
  return email
}
