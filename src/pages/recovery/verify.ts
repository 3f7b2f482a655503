import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { seeOther } from '../../http/see-other.ts'
import { type Failure, failureView, ownForm } from '../own-form.ts'
import { PasswordField } from '../steps/fields.ts'
import type { RecoveryParts } from './parts.ts'
import { showProofOver, TokenField, tokenOf, withToken } from './token.ts'

const PATH = '/verify'
const DONE = '/verify/done'

const VerifyForm = z.object({ token: TokenField, password: PasswordField.optional() })

/** Proves an address by the link of a letter. To look at the page changes nothing, as mail scanners do. */
export const verifyRoutes = (parts: RecoveryParts): Router => {
  const submit = ownForm(parts, {
    schema: VerifyForm,
    async work(ctx, { token, password }) {
      const found = await pageOf(parts, ctx, token)
      if (!found) return showProofOver(parts, ctx, 'verify')
      if (found.asksPassword && !password) {
        return show(parts, ctx, token, { faults: [{ field: 'password', code: 'empty' }] })
      }
      const { provenSub } = found
      const attempt = { token, password, provenSub, address: parts.addressOf(ctx) }
      const outcome = await parts.emailProof.confirm(attempt)
      if (outcome.kind === 'invalid') return showProofOver(parts, ctx, 'verify')
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
      parts.render(ctx, 'proof-done', { about: 'verify' }, rendering)
    })
}

/** Whoever is signed in to this very account need not show again that it is theirs. */
const pageOf = async (parts: RecoveryParts, ctx: Context, token: string) => {
  const account = await parts.emailProof.peek(token)
  if (!account) return undefined
  const provenSub = await parts.consoleSub(ctx)
  const { email, emailVerified, sub } = account
  return { email, provenSub, asksPassword: !emailVerified && provenSub !== sub }
}

const show = async (parts: RecoveryParts, ctx: Context, token: string, failure: Failure): Promise<void> => {
  const found = await pageOf(parts, ctx, token)
  if (!found) return showProofOver(parts, ctx, 'verify')
  const { email, asksPassword } = found
  const words = parts.language.of(ctx)
  const { notice, faults, rendering } = failureView(ctx, words, failure, ['password'])
  const locals = {
    notice,
    csrf: parts.csrf.browserToken(ctx),
    token,
    email,
    asksPassword,
    faults,
  }
  parts.render(ctx, 'verify', locals, { words, here: withToken(PATH, token), ...rendering })
}
