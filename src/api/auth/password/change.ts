import { z } from 'zod'
import { acrOf, TWO_FACTORS } from '../../../oidc/acr.ts'
import type { Caller } from '../../bearer.ts'
import { jsonInput, text } from '../../json-input.ts'
import type { Operation } from '../../operation.ts'
import type { AuthParts } from '../../parts.ts'
import { Problem } from '../../problem.ts'
import { invalidFields } from '../outcomes.ts'
import { TokenAnswer } from '../tokens.ts'

const Body = z.object({ current_password: text(4_096), password: text(4_096) })

/** The tokens of the caller die with all others: a copy of them must not outlive the password (C-25). */
export const changePassword = (parts: AuthParts): Operation => ({
  method: 'POST',
  path: '/auth/password/change',
  summary: 'Change the password; every sign-in from before has ended then, and the caller gets new tokens',
  body: Body,
  needsToken: true,
  success: { status: 200, description: 'Tokens in place of those of the call', schema: TokenAnswer },
  problems: ['wrong_credentials', 'invalid_fields', 'insufficient_user_authentication', 'too_many_attempts'],
  async handle(ctx) {
    const { bearer, tokens, addressOf } = parts
    const caller = await bearer(ctx)
    const { current_password: current, password } = await jsonInput(ctx, Body)
    await requireFactors(parts, caller)
    const { sub, amr } = caller
    const outcome = await parts.changePassword({ sub, current, password, address: addressOf(ctx) })
    if (outcome.kind === 'limited') {
      throw new Problem('too_many_attempts', { retryAfter: outcome.retryAfter })
    }
    if (outcome.kind === 'wrong') throw new Problem('wrong_credentials')
    if (outcome.kind === 'faults') throw invalidFields(outcome.faults)
    return tokens.issue(sub, ctx.headers, amr)
  },
})

/** A sign-in from before the second factor gets no tokens by one factor that it could not get anew (C-18). */
const requireFactors = async (
  { account, secondFactors }: Pick<AuthParts, 'account' | 'secondFactors'>,
  { sub, amr }: Caller,
): Promise<void> => {
  if (acrOf(amr) === TWO_FACTORS) return
  const found = await account(sub)
  if (!found || (await secondFactors.demand(found)) !== 'none') {
    throw new Problem('insufficient_user_authentication')
  }
}
