import Router from '@koa/router'
import { z } from 'zod'
import { seeOther } from '../../http/see-other.ts'
import { PasswordField } from '../steps/fields.ts'
import { type LetterPage, letterPage, letterView } from './letter-page.ts'
import type { RecoveryParts } from './parts.ts'
import { showProofOver, TokenField } from './token.ts'
import { typedAddress } from './typed-address.ts'

const PATH = '/register/confirm'
const SENT = '/register/sent'
/** The page of every new account. */
const DONE = '/register/done'

const ConfirmForm = z.object({ token: TokenField, password: PasswordField })

/**
 * Makes an account by the link of a letter, for who types a password there: the one of the registration may be somebody
 * else's. Who comes a second time is led to sign in.
 */
export const confirmRegistrationRoutes = (parts: RecoveryParts): Router[] => {
  const show: LetterPage<unknown>['show'] = async (ctx, token, failure) => {
    const pending = await parts.pendingRegistration.peek(token)
    if (!pending) return showProofOver(parts, ctx, 'register')
    const { form, rendering } = letterView(parts, ctx, { path: PATH, token, failure })
    parts.render(ctx, 'confirm-registration', { ...form, email: pending.email }, rendering)
  }
  const page = letterPage(parts, {
    path: PATH,
    schema: ConfirmForm,
    show,
    async work(ctx, { token, password }) {
      if (password === '') return show(ctx, token, { faults: [{ field: 'password', code: 'empty' }] })
      const attempt = { token, password, address: parts.addressOf(ctx) }
      const outcome = await parts.pendingRegistration.confirm(attempt)
      if (outcome.kind === 'ok') return seeOther(ctx, DONE)
      if (outcome.kind === 'faults') return show(ctx, token, { faults: outcome.faults })
      showProofOver(parts, ctx, 'register')
    },
  })
  return [sentRoute(parts), page]
}

const sentRoute = ({ render, language, secure }: RecoveryParts): Router =>
  new Router({ strict: true, sensitive: true }).get(SENT, (ctx) => {
    const email = typedAddress(ctx, secure)
    render(ctx, 'letter-sent', { about: 'register', email }, { words: language.of(ctx), here: SENT })
  })
