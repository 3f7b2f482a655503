import type { Middleware } from 'koa'
import { REQUEST_ID } from '../../http/edge.ts'

const LONGEST = 512
const LINE = /^[\x20-\x7e]+$/

/**
 * Answers with the caller's own `X-Request-ID` (AuthZEN Authorization API 1.0 §10.1.3), or with ours where it sent none
 * that can be repeated: one line of ASCII. Ours is the one in the log.
 */
export const requestId: Middleware = (ctx, next) => {
  ctx.set('X-Request-ID', sent(ctx.req.rawHeaders) ?? ctx.get(REQUEST_ID))
  return next()
}

/** The edge has put ours in place of it; what was sent is still in the raw headers. */
const sent = (rawHeaders: readonly string[]): string | undefined => {
  const at = rawHeaders.findIndex((name, index) => index % 2 === 0 && name.toLowerCase() === REQUEST_ID)
  const value = at < 0 ? undefined : rawHeaders[at + 1]
  return value !== undefined && value.length <= LONGEST && LINE.test(value) ? value : undefined
}
