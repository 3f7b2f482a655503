import { z } from 'zod'
import { jsonInput, text } from '../json-input.ts'
import type { Operation } from '../operation.ts'
import type { AuthParts } from '../parts.ts'
import { Problem } from '../problem.ts'
import { TokenAnswer } from './tokens.ts'

const Body = z.object({ refresh_token: text(1_000) })

export const refresh = ({ tokens }: AuthParts): Operation => ({
  method: 'POST',
  path: '/auth/refresh',
  summary: 'Exchange a refresh token for new tokens; a repetition within the grace gets the same ones',
  body: Body,
  needsToken: false,
  success: { status: 200, description: 'The next tokens', schema: TokenAnswer },
  problems: ['invalid_token'],
  async handle(ctx) {
    const { refresh_token } = await jsonInput(ctx, Body)
    // The engine would call an empty one a malformed request.
    const next = refresh_token === '' ? undefined : await tokens.refresh(refresh_token, ctx.headers)
    if (!next) throw new Problem('invalid_token')
    return next
  },
})
