import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { seeOther } from '../../../http/see-other.ts'
import { dayOf } from '../moment.ts'
import type { Visit } from '../session.ts'
import { CODES, type FactorParts, SECURITY } from './parts.ts'

const Nothing = z.object({})

/** `/account/security/codes`: new recovery codes, shown until they are put away. */
export const codeRoutes = (parts: FactorParts): Router => {
  const { console, recoveryCodes, waiting, addressOf } = parts
  return new Router({ strict: true, sensitive: true })
    .get(CODES, console.page({ show: (ctx, visit) => show(parts, ctx, visit) }))
    .post(
      CODES,
      console.form({
        page: SECURITY,
        isSensitive: true,
        schema: Nothing,
        async work(ctx, visit) {
          const codes = await recoveryCodes.renew(visit.account.sub, addressOf(ctx))
          if (!codes) return seeOther(ctx, SECURITY)
          await waiting.keepCodes(visit, codes)
          await console.done(ctx, visit, CODES, 'codes.renewed')
        },
        show: (_ctx, _visit, { refusal }) => Promise.reject(refusal),
      }),
    )
    .post(
      `${CODES}/saved`,
      console.form({
        page: CODES,
        schema: Nothing,
        async work(ctx, visit) {
          await waiting.dropCodes(visit)
          seeOther(ctx, SECURITY)
        },
        show: (_ctx, _visit, { refusal }) => Promise.reject(refusal),
      }),
    )
}

const show = async (
  { console, language, issuer, waiting, now }: FactorParts,
  ctx: Context,
  visit: Visit,
): Promise<void> => {
  const codes = await waiting.codes(visit)
  if (!codes) return seeOther(ctx, SECURITY)
  const words = language.of(ctx)
  const paper = { issuer, label: visit.account.email, date: dayOf(now(), words).text }
  const locals = { codes, paper, action: `${CODES}/saved` }
  return console.render(ctx, visit, 'account-codes', locals, { section: 'security', words })
}
