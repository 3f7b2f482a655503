import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { refuse } from '../../errors.ts'
import { seeOther } from '../../http/see-other.ts'
import type { FieldFault } from '../notices.ts'
import { type Failure, failureView } from '../own-form.ts'
import { PasswordField } from '../steps/fields.ts'
import type { PasswordParts } from './parts.ts'
import type { Visit } from './session.ts'

const PATH = '/account/password'
const DONE = '/account/security'

type Outcome = { kind: 'ok' } | { kind: 'taken' } | { kind: 'faults'; faults: readonly FieldFault[] }

const wrong: Outcome = { kind: 'faults', faults: [{ field: 'current', code: 'wrong' }] }

/** `/account/password`: a new one for the present one, or a first one after a fresh proof (ASVS 6.2.3, 7.5.1). */
export const passwordRoutes = (parts: PasswordParts): Router => {
  const { console, language, passwordMinLength: minLength } = parts
  const show = (ctx: Context, visit: Visit, failure: Failure = {}): Promise<void> => {
    const words = language.of(ctx)
    const { notice, faults, rendering } = failureView(ctx, words, failure, ['current', 'password'])
    const { email, password } = visit.account
    const locals = { notice, faults, email, hasPassword: password !== undefined, minLength }
    return console.render(ctx, visit, 'account-password', locals, {
      section: 'security',
      words,
      ...rendering,
    })
  }
  return new Router({ strict: true, sensitive: true })
    .get(PATH, console.page({ isSensitive: hasNone, show: (ctx, visit) => show(ctx, visit) }))
    .post(
      PATH,
      console.form({
        page: PATH,
        isSensitive: hasNone,
        schema: z.object({ current: PasswordField.optional(), password: PasswordField }),
        async work(ctx, visit, given) {
          const outcome = await change(parts, ctx, visit, given)
          if (outcome.kind === 'faults') return show(ctx, visit, { faults: outcome.faults })
          if (outcome.kind === 'taken') return seeOther(ctx, PATH)
          // The browser session has begun anew: so does this visit.
          await console.enterAgain(
            ctx,
            DONE,
            hasNone(visit) ? 'accountPassword.isSet' : 'accountPassword.changed',
          )
        },
        show: (ctx, visit, refused) => show(ctx, visit, { refused }),
      }),
    )
}

const hasNone = ({ account }: Visit): boolean => account.password === undefined

const change = async (
  { changePassword, firstPassword, renewSession, addressOf }: PasswordParts,
  ctx: Context,
  visit: Visit,
  { current = '', password }: { current?: string | undefined; password: string },
): Promise<Outcome> => {
  const { sub } = visit.account
  const address = addressOf(ctx)
  if (hasNone(visit)) return firstPassword({ sub, password, address })
  const keep = () => renewSession(ctx, sub, visit.session.sessionUid)
  const outcome = await changePassword({ sub, current, password, address, keep })
  if (outcome.kind === 'limited') throw refuse('too_many_attempts', { retryAfter: outcome.retryAfter })
  return outcome.kind === 'wrong' ? wrong : outcome
}
