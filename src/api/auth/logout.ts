import { z } from 'zod'
import { jsonInput, text } from '../json-input.ts'
import type { Operation } from '../operation.ts'
import type { AuthParts } from '../parts.ts'
import { Problem } from '../problem.ts'

const Body = z.object({ refresh_token: text(1_000) })

/** Ends the caller's family. A refresh token that is used up or unknown is no reason to stay signed in. */
export const logout = ({ bearer, tokens }: AuthParts): Operation => ({
  method: 'POST',
  path: '/auth/logout',
  summary: 'End the sign-in: its refresh token is dead, and its access token is refused here',
  body: Body,
  needsToken: true,
  success: { status: 204, description: 'Signed out' },
  problems: [],
  async handle(ctx) {
    const { family } = await bearer(ctx)
    const { refresh_token } = await jsonInput(ctx, Body)
    const other = await tokens.familyOf(refresh_token)
    if (other !== undefined && other !== family) {
      throw new Problem('bad_request', { errors: [{ field: 'refresh_token', code: 'of_another_sign_in' }] })
    }
    await tokens.end(family)
    return undefined
  },
})
