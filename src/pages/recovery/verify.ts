import type Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { seeOther } from '../../http/see-other.ts'
import { PasswordField } from '../steps/fields.ts'
import { doneRoute, type LetterPage, letterPage, letterView } from './letter-page.ts'
import type { RecoveryParts } from './parts.ts'
import { showProofOver, TokenField } from './token.ts'

const PATH = '/verify'
const DONE = '/verify/done'

const VerifyForm = z.object({ token: TokenField, password: PasswordField.optional() })

/** Proves an address by the link of a letter. */
export const verifyRoutes = (parts: RecoveryParts): Router[] => {
  const show: LetterPage<unknown>['show'] = async (ctx, token, failure) => {
    const found = await proverOf(parts, ctx, token)
    if (!found) return showProofOver(parts, ctx, 'verify')
    const { form, rendering } = letterView(parts, ctx, { path: PATH, token, failure })
    const { email, asksPassword } = found
    parts.render(ctx, 'verify', { ...form, email, asksPassword }, rendering)
  }
  const page = letterPage(parts, {
    path: PATH,
    schema: VerifyForm,
    show,
    async work(ctx, { token, password }) {
      const found = await proverOf(parts, ctx, token)
      if (!found) return showProofOver(parts, ctx, 'verify')
      if (found.asksPassword && !password) {
        return show(ctx, token, { faults: [{ field: 'password', code: 'empty' }] })
      }
      const { provenSub } = found
      const attempt = { token, password, provenSub, address: parts.addressOf(ctx) }
      const outcome = await parts.emailProof.confirm(attempt)
      if (outcome.kind === 'invalid') return showProofOver(parts, ctx, 'verify')
      if (outcome.kind === 'faults') return show(ctx, token, { faults: outcome.faults })
      seeOther(ctx, DONE)
    },
  })
  return [page, doneRoute(parts, DONE, 'verify')]
}

/** Whoever is signed in to this very account need not show again that it is theirs. */
const proverOf = async (parts: RecoveryParts, ctx: Context, token: string) => {
  const account = await parts.emailProof.peek(token)
  if (!account) return undefined
  const provenSub = await parts.consoleSub(ctx)
  const { email, emailVerified, sub } = account
  return { email, provenSub, asksPassword: !emailVerified && provenSub !== sub }
}
