import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { seeOther } from '../../http/see-other.ts'
import { ownForm } from '../own-form.ts'
import { dayOf } from './moment.ts'
import type { RestoreParts } from './parts.ts'

const PATH = '/account/restore'
const DONE = '/account/restore/done'
const Token = z.string().regex(/^[\w-]{43}$/)

/** `/account/restore?token=`: takes a deletion back by the link of a letter. To look at the page changes nothing. */
export const restoreRoutes = (parts: RestoreParts): Router => {
  const { deletion, csrf, language, addressOf } = parts
  const over = (ctx: Context): void => {
    parts.render(ctx, 'account-restore-over', {}, { words: language.of(ctx), status: 400, failed: true })
  }
  const show = async (ctx: Context, given: unknown): Promise<void> => {
    const token = Token.safeParse(given).data
    const account = token === undefined ? undefined : await deletion.peek(token)
    if (token === undefined || !account?.deletion) return over(ctx)
    const words = language.of(ctx)
    const locals = {
      csrf: csrf.browserToken(ctx),
      token,
      email: account.email,
      due: dayOf(account.deletion.due, words),
    }
    parts.render(ctx, 'account-restore', locals, { words })
  }
  const submit = ownForm(parts, {
    schema: z.object({ token: z.string() }),
    async work(ctx, given) {
      const token = Token.safeParse(given.token).data
      const kept = token === undefined ? undefined : await deletion.undo({ token, address: addressOf(ctx) })
      if (!kept) return over(ctx)
      seeOther(ctx, DONE)
    },
    show: (_ctx, { refusal }) => Promise.reject(refusal),
  })
  return new Router({ strict: true, sensitive: true })
    .get(PATH, (ctx) => show(ctx, ctx.query.token))
    .post(PATH, submit)
    .get(DONE, (ctx) => {
      parts.render(ctx, 'account-restored', {}, { words: language.of(ctx), here: DONE })
    })
}
