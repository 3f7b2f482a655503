import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { refuse } from '../../errors.ts'
import type { Fields } from '../../http/input.ts'
import { seeOther } from '../../http/see-other.ts'
import { type Failure, failureView, ownForm } from '../own-form.ts'
import { LineField } from '../steps/fields.ts'
import type { RecoveryParts } from './parts.ts'
import { rememberTyped, typedAddress } from './typed-address.ts'

const PATH = '/recover'
const SENT = '/recover/sent'

const RecoverForm = z.object({ email: LineField })

/** Asks for the letter that lets a new password be set. What comes next is the same for every address. */
export const recoverRoutes = (parts: RecoveryParts): Router => {
  const submit = ownForm(parts, {
    schema: RecoverForm,
    async work(ctx, { email }) {
      const { locale } = parts.language.of(ctx)
      const outcome = await parts.passwordReset.request({ email, address: parts.addressOf(ctx), locale })
      if (outcome.kind === 'limited') throw refuse('too_many_attempts', { retryAfter: outcome.retryAfter })
      if (outcome.kind === 'malformed') {
        return show(parts, ctx, { email }, { faults: [{ field: 'email', code: 'email_malformed' }] })
      }
      rememberTyped(ctx, email, parts.secure)
      seeOther(ctx, SENT)
    },
    show: async (ctx, refused) => show(parts, ctx, refused.fields, { refused }),
  })
  return new Router({ strict: true, sensitive: true })
    .get(PATH, (ctx) => show(parts, ctx, {}, {}))
    .post(PATH, submit)
    .get(SENT, (ctx) => {
      const email = typedAddress(ctx, parts.secure)
      const rendering = { words: parts.language.of(ctx), here: SENT }
      parts.render(ctx, 'letter-sent', { about: 'recover', email }, rendering)
    })
}

const show = (parts: RecoveryParts, ctx: Context, { email = '' }: Fields, failure: Failure): void => {
  const words = parts.language.of(ctx)
  const { notice, faults, rendering } = failureView(ctx, words, failure, ['email'])
  const locals = { notice, email, faults, csrf: parts.csrf.browserToken(ctx) }
  parts.render(ctx, 'recover', locals, { words, here: PATH, ...rendering })
}
