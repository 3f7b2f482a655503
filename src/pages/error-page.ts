import type { Context } from 'koa'
import type { Refusal } from '../errors.ts'
import { isOwnPath } from './language.ts'
import { refusalValues } from './notices.ts'
import type { PageParts } from './parts.ts'
import { type ReferenceParts, reference } from './reference.ts'
import { refusedRendering } from './refused.ts'

/** Answers a refusal: a page for people, its code for programs that do not take HTML. */
export type ErrorPage = (ctx: Context, refusal: Refusal) => void

export const errorPage =
  (parts: PageParts & ReferenceParts): ErrorPage =>
  (ctx, refusal) => {
    const rendering = refusedRendering(ctx, refusal)
    if (ctx.accepts('json', 'html') !== 'html') {
      ctx.status = refusal.status
      ctx.set('Cache-Control', 'no-store')
      ctx.body = { error: refusal.code }
      return
    }
    const words = parts.language.of(ctx)
    const here = ctx.method === 'GET' && isOwnPath(ctx.path) ? ctx.path : undefined
    const locals = {
      code: refusal.code,
      values: refusalValues(refusal),
      reference: reference(parts, ctx, words),
    }
    parts.render(ctx, 'error', locals, { ...rendering, words, here })
  }
