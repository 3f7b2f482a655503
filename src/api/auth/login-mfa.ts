import { z } from 'zod'
import { together } from '../../oidc/acr.ts'
import { jsonInput, text } from '../json-input.ts'
import type { Operation } from '../operation.ts'
import type { AuthParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { signedIn } from './signed-in.ts'
import { TokenAnswer } from './tokens.ts'

const Body = z.object({ challenge: text(100), code: text(100) })

/** The second step of a sign-in. A wrong code leaves the challenge good, up to the limit of the account (C-19). */
export const loginMfa = (parts: AuthParts): Operation => ({
  method: 'POST',
  path: '/auth/login/mfa',
  summary: 'Finish a sign-in that wants a second factor, with a code of the app or a recovery code',
  body: Body,
  needsToken: false,
  success: { status: 200, description: 'Tokens for the API of this server', schema: TokenAnswer },
  problems: ['wrong_code', 'invalid_challenge', 'deletion_pending', 'too_many_attempts'],
  async handle(ctx) {
    const { challenge, code } = await jsonInput(ctx, Body)
    const outcome = await parts.signInChallenges.answer({ challenge, code, address: parts.addressOf(ctx) })
    if (outcome.kind === 'limited') {
      throw new Problem('too_many_attempts', { retryAfter: outcome.retryAfter })
    }
    if (outcome.kind === 'wrong') throw new Problem('wrong_code')
    if (outcome.kind === 'invalid') throw new Problem('invalid_challenge')
    return signedIn(parts, ctx, { account: outcome.account, amr: together('pwd', ...outcome.amr) })
  },
})
