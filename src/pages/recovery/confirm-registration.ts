import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { seeOther } from '../../http/see-other.ts'
import { type Failure, failureView, ownForm } from '../own-form.ts'
import { PasswordField } from '../steps/fields.ts'
import type { RecoveryParts } from './parts.ts'
import { showProofOver, TokenField, tokenOf, withToken } from './token.ts'
import { typedAddress } from './typed-address.ts'

const PATH = '/register/confirm'
const SENT = '/register/sent'
/** The page of every new account. */
const DONE = '/register/done'

const ConfirmForm = z.object({ token: TokenField, password: PasswordField })

/**
 * Makes an account by the link of a letter, for who types a password there: the one of the registration may be somebody
 * else's. To look at the page changes nothing, as mail scanners do; who comes a
 * second time is led to sign in.
 */
export const confirmRegistrationRoutes = (parts: RecoveryParts): Router => {
  const submit = ownForm(parts, {
    schema: ConfirmForm,
    async work(ctx, { token, password }) {
      if (password === '') {
        return show(parts, ctx, token, { faults: [{ field: 'password', code: 'empty' }] })
      }
      const attempt = { token, password, address: parts.addressOf(ctx) }
      const outcome = await parts.pendingRegistration.confirm(attempt)
      if (outcome.kind === 'ok') return seeOther(ctx, DONE)
      if (outcome.kind === 'faults') return show(parts, ctx, token, { faults: outcome.faults })
      showProofOver(parts, ctx, 'register')
    },
    async show(ctx, refused) {
      if (refused.fields.token === undefined) throw refused.refusal
      await show(parts, ctx, refused.fields.token, { refused })
    },
  })
  return new Router({ strict: true, sensitive: true })
    .get(SENT, (ctx) => {
      const email = typedAddress(ctx, parts.secure)
      const rendering = { words: parts.language.of(ctx), here: SENT }
      parts.render(ctx, 'letter-sent', { about: 'register', email }, rendering)
    })
    .get(PATH, (ctx) => show(parts, ctx, tokenOf(ctx), {}))
    .post(PATH, submit)
}

const show = async (parts: RecoveryParts, ctx: Context, token: string, failure: Failure): Promise<void> => {
  const pending = await parts.pendingRegistration.peek(token)
  if (!pending) return showProofOver(parts, ctx, 'register')
  const words = parts.language.of(ctx)
  const { notice, faults, rendering } = failureView(ctx, words, failure, ['password'])
  const locals = { notice, csrf: parts.csrf.browserToken(ctx), token, email: pending.email, faults }
  parts.render(ctx, 'confirm-registration', locals, { words, here: withToken(PATH, token), ...rendering })
}
