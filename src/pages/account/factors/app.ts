import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { refuse } from '../../../errors.ts'
import { seeOther } from '../../../http/see-other.ts'
import { inGroups } from '../../factors/enrol.ts'
import { type Failure, failureView } from '../../own-form.ts'
import { LineField } from '../../steps/fields.ts'
import type { Visit } from '../session.ts'
import { APP, CODES, type FactorParts, SECURITY } from './parts.ts'

const REMOVE = `${APP}/remove`

/** `/account/security/app`: setting up an authenticator app, and turning it off (ASVS 7.5.1: after a fresh proof). */
export const appRoutes = (parts: FactorParts): Router => {
  const { console, totpEnrolment, addressOf } = parts
  return new Router({ strict: true, sensitive: true })
    .get(APP, console.page({ isSensitive: true, show: (ctx, visit) => show(parts, ctx, visit) }))
    .post(
      APP,
      console.form({
        page: APP,
        isSensitive: true,
        schema: z.object({ code: LineField }),
        work: (ctx, visit, { code }) => confirm(parts, ctx, visit, code),
        show: (ctx, visit, refused) => show(parts, ctx, visit, { refused }),
      }),
    )
    .post(
      REMOVE,
      console.form({
        page: SECURITY,
        isSensitive: true,
        schema: z.object({}),
        async work(ctx, visit) {
          await totpEnrolment.remove(visit.account.sub, addressOf(ctx))
          await console.done(ctx, visit, SECURITY, 'app.removed')
        },
        show: (_ctx, _visit, { refusal }) => Promise.reject(refusal),
      }),
    )
}

const show = async (
  { console, language, totpEnrolment, secondFactors }: FactorParts,
  ctx: Context,
  visit: Visit,
  failure: Failure = {},
): Promise<void> => {
  const { sub, factors } = visit.account
  if (!secondFactors.mayEnrol || factors.totp) return seeOther(ctx, SECURITY)
  const words = language.of(ctx)
  const { notice, faults, rendering } = failureView(ctx, words, failure, ['code'])
  const { secret, uri, qr } = await totpEnrolment.begin({ sub, place: visit.id })
  const locals = { notice, fault: faults.code, secret: inGroups(secret), uri, qr, action: APP }
  return console.render(ctx, visit, 'account-app', locals, { section: 'security', words, ...rendering })
}

const confirm = async (parts: FactorParts, ctx: Context, visit: Visit, code: string): Promise<void> => {
  const { console, totpEnrolment, waiting, addressOf } = parts
  if (visit.account.factors.totp) return seeOther(ctx, SECURITY)
  const outcome = await totpEnrolment.confirm({
    sub: visit.account.sub,
    place: visit.id,
    code,
    address: addressOf(ctx),
  })
  switch (outcome.kind) {
    case 'limited':
      throw refuse('too_many_attempts', { retryAfter: outcome.retryAfter })
    case 'wrong':
      return show(parts, ctx, visit, { faults: [{ field: 'code', code: 'wrong' }] })
    case 'expired':
      return show(parts, ctx, visit, { faults: [{ field: 'code', code: 'expired' }] })
    case 'ok':
      if (!outcome.recoveryCodes) return console.done(ctx, visit, SECURITY, 'app.added')
      await waiting.keepCodes(visit, outcome.recoveryCodes)
      return console.done(ctx, visit, CODES, 'app.added')
  }
}
