import { z } from 'zod'
import { jsonInput, text } from '../../json-input.ts'
import type { Operation } from '../../operation.ts'
import type { AuthParts } from '../../parts.ts'
import { requireMail, requireSent } from '../outcomes.ts'

const Body = z.object({ email: text(1_000) })

/** The same answer for every address, in the same time (C-24). */
export const forgotPassword = ({ passwordReset, mailReady, addressOf }: AuthParts): Operation => ({
  method: 'POST',
  path: '/auth/password/forgot',
  summary: 'Send a link for a new password to the address, if it has an account',
  body: Body,
  needsToken: false,
  success: { status: 202, description: 'If the address has an account, a letter is on its way' },
  problems: ['invalid_fields', 'too_many_attempts', 'mail_unavailable'],
  async handle(ctx) {
    const { email } = await jsonInput(ctx, Body)
    requireMail(mailReady)
    requireSent(await passwordReset.request({ email, address: addressOf(ctx), locale: undefined }))
  },
})
