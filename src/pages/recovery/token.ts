import type { Context } from 'koa'
import { z } from 'zod'
import type { PageParts } from '../parts.ts'
import type { RecoveryLocals } from './locals.ts'

const LONGEST = 100

export const TokenField = z.string().max(LONGEST)

/** The token of a link; a parameter that is absent or given twice is none. */
export const tokenOf = (ctx: Context): string => {
  const { token } = ctx.query
  return typeof token === 'string' && token.length <= LONGEST ? token : ''
}

/** The address of a page with its token, for the language links. */
export const withToken = (path: string, token: string): string => `${path}?token=${encodeURIComponent(token)}`

/** The page of a token that is no good: the same for every reason. */
export const showProofOver = (
  { render, language }: PageParts,
  ctx: Context,
  about: RecoveryLocals['proof-over']['about'],
): void => {
  render(ctx, 'proof-over', { about }, { words: language.of(ctx), status: 400, failed: true })
}
