import { z } from 'zod'
import { jsonInput, text } from '../../json-input.ts'
import type { Operation } from '../../operation.ts'
import type { AuthParts } from '../../parts.ts'
import { Problem } from '../../problem.ts'
import { invalidFields } from '../outcomes.ts'

const Body = z.object({
  token: text(1_000),
  password: text(4_096),
  /** Of the account, where the caller knows it; it must fit the token. */
  email: text(1_000).optional(),
})

export const resetPassword = ({ passwordReset, addressOf }: AuthParts): Operation => ({
  method: 'POST',
  path: '/auth/password/reset',
  summary: 'Set a new password by the token of a letter; every sign-in from before has ended then',
  body: Body,
  needsToken: false,
  success: { status: 204, description: 'The password is set; signing in is the next step' },
  problems: ['invalid_proof', 'invalid_fields'],
  async handle(ctx) {
    const values = await jsonInput(ctx, Body)
    const outcome = await passwordReset.confirm({ ...values, address: addressOf(ctx) })
    if (outcome.kind === 'invalid') throw new Problem('invalid_proof')
    if (outcome.kind === 'faults') throw invalidFields(outcome.faults)
  },
})
