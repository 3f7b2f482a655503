import { z } from 'zod'
import { optionalBearer } from '../../bearer.ts'
import { jsonInput, text } from '../../json-input.ts'
import type { Operation } from '../../operation.ts'
import type { AuthParts } from '../../parts.ts'
import { Problem } from '../../problem.ts'
import { invalidFields } from '../outcomes.ts'

const Body = z.object({
  token: text(1_000),
  /** The account's own, or a new one. Without it, and without an access token, the account has none from then on. */
  password: text(4_096).optional(),
})

export const verifyEmail = ({ emailProof, bearer, addressOf }: AuthParts): Operation => {
  const caller = optionalBearer(bearer)
  return {
    method: 'POST',
    path: '/auth/email/verify',
    summary: 'Prove an address by the token of a letter; the first proof ends every sign-in but the caller’s',
    body: Body,
    needsToken: 'optional',
    success: { status: 204, description: 'The address is proven' },
    problems: ['invalid_proof', 'invalid_fields'],
    async handle(ctx) {
      const provenSub = (await caller(ctx))?.sub
      const values = await jsonInput(ctx, Body)
      const outcome = await emailProof.confirm({ ...values, provenSub, address: addressOf(ctx) })
      if (outcome.kind === 'invalid') throw new Problem('invalid_proof')
      if (outcome.kind === 'faults') throw invalidFields(outcome.faults)
    },
  }
}
