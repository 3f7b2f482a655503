import type { Context } from 'koa'

/**
 * Answers 303: the browser goes on by GET and forgets the form, credentials included (N-12).
 *
 * @param url a path of ours or a URL that the engine made; never a value from a request
 */
export const seeOther = (ctx: Context, url: string): void => {
  ctx.status = 303
  ctx.set({ Location: url, 'Cache-Control': 'no-store' })
}
