import { z } from 'zod'
import { jsonInput, text } from '../json-input.ts'
import type { Operation } from '../operation.ts'
import type { AuthParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { TokenAnswer } from './tokens.ts'

const Body = z.object({ email: text(1_000), password: text(4_096) })

/** Equal for a wrong password and an account that does not exist, in time as well: see `domain/sign-in.ts`. */
export const login = ({ signIn, tokens, addressOf }: AuthParts): Operation => ({
  method: 'POST',
  path: '/auth/login',
  summary: 'Sign in with e-mail address and password',
  body: Body,
  needsToken: false,
  success: { status: 200, description: 'Tokens for the API of this server', schema: TokenAnswer },
  problems: ['wrong_credentials', 'too_many_attempts'],
  async handle(ctx) {
    const { email, password } = await jsonInput(ctx, Body)
    const outcome = await signIn({ login: email, password, address: addressOf(ctx) })
    if (outcome.kind === 'limited') {
      throw new Problem('too_many_attempts', { retryAfter: outcome.retryAfter })
    }
    if (outcome.kind === 'wrong') throw new Problem('wrong_credentials')
    return tokens.issue(outcome.account.sub, ctx.headers)
  },
})
