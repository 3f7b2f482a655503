import type Router from '@koa/router'
import { z } from 'zod'
import { refuse } from '../../errors.ts'
import { seeOther } from '../../http/see-other.ts'
import { PasswordField } from '../steps/fields.ts'
import { doneRoute, type LetterPage, letterPage, letterView } from './letter-page.ts'
import type { RecoveryParts } from './parts.ts'
import { showProofOver, TokenField } from './token.ts'

const PATH = '/account/address'
const DONE = '/account/address/done'

const ConfirmForm = z.object({ token: TokenField, password: PasswordField.optional() })

/** Changes the address of an account by the link of a letter to the new one. */
export const confirmAddressRoutes = (parts: RecoveryParts): Router[] => {
  const show: LetterPage<unknown>['show'] = async (ctx, token, failure) => {
    const pending = await parts.addressChange.peek(token)
    if (!pending) return showProofOver(parts, ctx, 'address')
    const { from, to, sub } = pending
    const { form, rendering } = letterView(parts, ctx, { path: PATH, token, failure })
    const asksPassword = (await parts.consoleSub(ctx)) !== sub
    parts.render(ctx, 'confirm-address', { ...form, from, to, asksPassword }, rendering)
  }
  const page = letterPage(parts, {
    path: PATH,
    schema: ConfirmForm,
    show,
    async work(ctx, { token, password }) {
      const provenSub = await parts.consoleSub(ctx)
      const attempt = { token, password, provenSub, address: parts.addressOf(ctx) }
      const outcome = await parts.addressChange.confirm(attempt)
      if (outcome.kind === 'limited') throw refuse('too_many_attempts', { retryAfter: outcome.retryAfter })
      if (outcome.kind === 'invalid' || outcome.kind === 'taken') return showProofOver(parts, ctx, 'address')
      if (outcome.kind === 'wrong') {
        const code = password ? 'wrong' : 'empty'
        return show(ctx, token, { faults: [{ field: 'password', code }] })
      }
      seeOther(ctx, DONE)
    },
  })
  return [page, doneRoute(parts, DONE, 'address')]
}
