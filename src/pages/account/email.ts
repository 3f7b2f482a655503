import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { refuse } from '../../errors.ts'
import { type Failure, failureView } from '../own-form.ts'
import { LineField } from '../steps/fields.ts'
import type { EmailParts } from './parts.ts'
import type { Visit } from './session.ts'

const PATH = '/account/email'

/** `/account/email`: another address, which changes when its owner answers a letter; and the proof of the present one. */
export const emailRoutes = (parts: EmailParts): Router => {
  const { console, language, mailReady, addressChange, emailProof, addressOf } = parts
  const show = (ctx: Context, visit: Visit, email = '', failure: Failure = {}): Promise<void> => {
    const words = language.of(ctx)
    const { notice, faults, rendering } = failureView(ctx, words, failure, ['email'])
    const locals = { notice, faults, email, present: visit.account.email, mailReady }
    return console.render(ctx, visit, 'account-email', locals, { section: 'overview', words, ...rendering })
  }
  return new Router({ strict: true, sensitive: true })
    .get(PATH, console.page({ isSensitive: true, show: (ctx, visit) => show(ctx, visit) }))
    .post(
      PATH,
      console.form({
        page: PATH,
        isSensitive: true,
        schema: z.object({ email: LineField }),
        async work(ctx, visit, { email }) {
          const ask = {
            sub: visit.account.sub,
            email,
            address: addressOf(ctx),
            locale: language.of(ctx).locale,
          }
          const outcome = await addressChange.request(ask)
          if (outcome.kind === 'limited')
            throw refuse('too_many_attempts', { retryAfter: outcome.retryAfter })
          if (outcome.kind === 'malformed') {
            return show(ctx, visit, email, { faults: [{ field: 'email', code: 'email_malformed' }] })
          }
          await console.done(ctx, visit, PATH, 'accountEmail.sent')
        },
        show: (ctx, visit, refused) => show(ctx, visit, refused.fields.email, { refused }),
      }),
    )
    .post(
      `${PATH}/proof`,
      console.form({
        page: '/account',
        schema: z.object({}),
        async work(ctx, visit) {
          const { email } = visit.account
          const ask = { email, address: addressOf(ctx), locale: language.of(ctx).locale }
          const outcome = await emailProof.request(ask)
          if (outcome.kind === 'limited')
            throw refuse('too_many_attempts', { retryAfter: outcome.retryAfter })
          await console.done(ctx, visit, '/account', 'accountEmail.proofSent')
        },
        show: (_ctx, _visit, { refusal }) => Promise.reject(refusal),
      }),
    )
}
