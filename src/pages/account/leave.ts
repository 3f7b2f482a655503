import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { parseEmail } from '../../domain/email.ts'
import { seeOther } from '../../http/see-other.ts'
import { type Failure, failureView } from '../own-form.ts'
import { LineField } from '../steps/fields.ts'
import type { LeaveParts } from './parts.ts'
import type { Visit } from './session.ts'

const PATH = '/account/leave'
const LEFT = '/account/left'

/** `/account/leave`: the end of an account, which its owner confirms by typing the address; and `/account/data`. */
export const leaveRoutes = (parts: LeaveParts): Router => {
  const { console, language, deletion, mayLeave, visits, deletionDays: days, addressOf } = parts
  const show = (ctx: Context, visit: Visit, confirm = '', failure: Failure = {}): Promise<void> => {
    const words = language.of(ctx)
    const { notice, faults, rendering } = failureView(ctx, words, failure, ['confirm'])
    const locals = { notice, faults, confirm, email: visit.account.email, days }
    return console.render(ctx, visit, 'account-leave', locals, { section: 'overview', words, ...rendering })
  }
  return new Router({ strict: true, sensitive: true })
    .get(PATH, console.page({ isSensitive: true, show: (ctx, visit) => show(ctx, visit) }))
    .post(
      PATH,
      console.form({
        page: PATH,
        isSensitive: true,
        schema: z.object({ confirm: LineField }),
        async work(ctx, visit, { confirm }) {
          const { sub, emailKey } = visit.account
          if (parseEmail(confirm)?.key !== emailKey) {
            return show(ctx, visit, confirm, { faults: [{ field: 'confirm', code: 'mismatch' }] })
          }
          if (!(await mayLeave(sub))) {
            return show(ctx, visit, confirm, { faults: [{ field: 'confirm', code: 'last_admin' }] })
          }
          await deletion.request({ sub, address: addressOf(ctx) })
          await visits.end(ctx)
          seeOther(ctx, LEFT)
        },
        show: (ctx, visit, refused) => show(ctx, visit, refused.fields.confirm, { refused }),
      }),
    )
    .get(LEFT, (ctx) => {
      parts.render(ctx, 'account-left', { days }, { words: language.of(ctx), here: LEFT })
    })
}
