import type { Context } from 'koa'
import type { Refusal } from '../errors.ts'
import { retryAfter } from './notices.ts'
import type { Rendering } from './render.ts'

/** Status, title mark and `Retry-After` of a page that reports a refusal. */
export const refusedRendering = (
  ctx: Context,
  refusal: Refusal | undefined,
): Pick<Rendering, 'status' | 'failed'> => {
  if (!refusal) return {}
  const seconds = retryAfter(refusal)
  if (seconds !== undefined) ctx.set('Retry-After', String(seconds))
  return { status: refusal.status, failed: true }
}
