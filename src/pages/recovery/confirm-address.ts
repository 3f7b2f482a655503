import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { refuse } from '../../errors.ts'
import { seeOther } from '../../http/see-other.ts'
import { type Failure, failureView, ownForm } from '../own-form.ts'
import { PasswordField } from '../steps/fields.ts'
import type { RecoveryParts } from './parts.ts'
import { showProofOver, TokenField, tokenOf, withToken } from './token.ts'

const PATH = '/account/address'
const DONE = '/account/address/done'

const ConfirmForm = z.object({ token: TokenField, password: PasswordField.optional() })

/** Changes the address of an account by the link of a letter to the new one. To look at the page changes nothing. */
export const confirmAddressRoutes = (parts: RecoveryParts): Router => {
  const submit = ownForm(parts, {
    schema: ConfirmForm,
    async work(ctx, { token, password }) {
      const provenSub = await parts.consoleSub(ctx)
      const attempt = { token, password, provenSub, address: parts.addressOf(ctx) }
      const outcome = await parts.addressChange.confirm(attempt)
      if (outcome.kind === 'limited') throw refuse('too_many_attempts', { retryAfter: outcome.retryAfter })
      if (outcome.kind === 'invalid' || outcome.kind === 'taken') return showProofOver(parts, ctx, 'address')
      if (outcome.kind === 'wrong') {
        const code = password ? 'wrong' : 'empty'
        return show(parts, ctx, token, { faults: [{ field: 'password', code }] })
      }
      seeOther(ctx, DONE)
    },
    async show(ctx, refused) {
      if (refused.fields.token === undefined) throw refused.refusal
      await show(parts, ctx, refused.fields.token, { refused })
    },
  })
  return new Router({ strict: true, sensitive: true })
    .get(PATH, (ctx) => show(parts, ctx, tokenOf(ctx), {}))
    .post(PATH, submit)
    .get(DONE, (ctx) => {
      const rendering = { words: parts.language.of(ctx), here: DONE }
      parts.render(ctx, 'proof-done', { about: 'address' }, rendering)
    })
}

const show = async (parts: RecoveryParts, ctx: Context, token: string, failure: Failure): Promise<void> => {
  const pending = await parts.addressChange.peek(token)
  if (!pending) return showProofOver(parts, ctx, 'address')
  const words = parts.language.of(ctx)
  const { notice, faults, rendering } = failureView(ctx, words, failure, ['password'])
  const locals = {
    notice,
    csrf: parts.csrf.browserToken(ctx),
    token,
    from: pending.from,
    to: pending.to,
    asksPassword: (await parts.consoleSub(ctx)) !== pending.sub,
    faults,
  }
  parts.render(ctx, 'confirm-address', locals, { words, here: withToken(PATH, token), ...rendering })
}
