import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { seeOther } from '../../http/see-other.ts'
import { type Failure, failureView, ownForm } from '../own-form.ts'
import { LineField, PasswordField } from '../steps/fields.ts'
import type { RecoveryParts } from './parts.ts'
import { showProofOver, TokenField, tokenOf, withToken } from './token.ts'

const PATH = '/reset'
const DONE = '/reset/done'

// Password managers read the name of the account beside its password; another account's is refused.
const ResetForm = z.object({ token: TokenField, username: LineField.optional(), password: PasswordField })

/** Sets a new password by the link of a letter. To look at the page changes nothing, as mail scanners do. */
export const resetRoutes = (parts: RecoveryParts): Router => {
  const submit = ownForm(parts, {
    schema: ResetForm,
    async work(ctx, { token, username: email, password }) {
      const attempt = { token, email, password, address: parts.addressOf(ctx) }
      const outcome = await parts.passwordReset.confirm(attempt)
      if (outcome.kind === 'invalid') return showProofOver(parts, ctx, 'reset')
      if (outcome.kind === 'faults') return show(parts, ctx, token, { faults: outcome.faults })
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
      parts.render(ctx, 'proof-done', { about: 'reset' }, rendering)
    })
}

const show = async (parts: RecoveryParts, ctx: Context, token: string, failure: Failure): Promise<void> => {
  const account = await parts.passwordReset.peek(token)
  if (!account) return showProofOver(parts, ctx, 'reset')
  const words = parts.language.of(ctx)
  const { notice, faults, rendering } = failureView(ctx, words, failure, ['password'])
  const locals = {
    notice,
    csrf: parts.csrf.browserToken(ctx),
    token,
    email: account.email,
    faults,
    minLength: parts.passwordMinLength,
  }
  parts.render(ctx, 'reset', locals, { words, here: withToken(PATH, token), ...rendering })
}
