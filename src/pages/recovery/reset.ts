import type Router from '@koa/router'
import { z } from 'zod'
import { seeOther } from '../../http/see-other.ts'
import { LineField, PasswordField } from '../steps/fields.ts'
import { doneRoute, type LetterPage, letterPage, letterView } from './letter-page.ts'
import type { RecoveryParts } from './parts.ts'
import { showProofOver, TokenField } from './token.ts'

const PATH = '/reset'
const DONE = '/reset/done'

// Password managers read the name of the account beside its password; another account's is refused.
const ResetForm = z.object({ token: TokenField, username: LineField.optional(), password: PasswordField })

/** Sets a new password by the link of a letter. */
export const resetRoutes = (parts: RecoveryParts): Router[] => {
  const show: LetterPage<unknown>['show'] = async (ctx, token, failure) => {
    const account = await parts.passwordReset.peek(token)
    if (!account) return showProofOver(parts, ctx, 'reset')
    const { form, rendering } = letterView(parts, ctx, { path: PATH, token, failure })
    const { email } = account
    parts.render(ctx, 'reset', { ...form, email, minLength: parts.passwordMinLength }, rendering)
  }
  const page = letterPage(parts, {
    path: PATH,
    schema: ResetForm,
    show,
    async work(ctx, { token, username: email, password }) {
      const attempt = { token, email, password, address: parts.addressOf(ctx) }
      const outcome = await parts.passwordReset.confirm(attempt)
      if (outcome.kind === 'invalid') return showProofOver(parts, ctx, 'reset')
      if (outcome.kind === 'faults') return show(ctx, token, { faults: outcome.faults })
      seeOther(ctx, DONE)
    },
  })
  return [page, doneRoute(parts, DONE, 'reset')]
}
