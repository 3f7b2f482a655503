import Router from '@koa/router'
import type { Context } from 'koa'
import { z } from 'zod'
import { deviceOf } from '../../../domain/devices.ts'
import { seeOther } from '../../../http/see-other.ts'
import { PasskeyAnswer } from '../../factors/passkey-form.ts'
import { type Failure, failureView } from '../../own-form.ts'
import type { Refused } from '../../step.ts'
import { LineField } from '../../steps/fields.ts'
import { deviceText } from '../device-names.ts'
import type { Visit } from '../session.ts'
import { CODES, type FactorParts, PASSKEY, SECURITY } from './parts.ts'

const OPTIONS = `${PASSKEY}/options`
const NewPasskey = PasskeyAnswer.extend({ name: LineField })

/** `/account/security/passkey`: adding one (ASVS 7.5.1: after a fresh proof). */
export const newPasskeyRoutes = (parts: FactorParts): Router => {
  const { console, passkeys } = parts
  return new Router({ strict: true, sensitive: true })
    .get(PASSKEY, console.page({ isSensitive: true, show: (ctx, visit) => show(parts, ctx, visit) }))
    .post(
      OPTIONS,
      console.form({
        page: PASSKEY,
        isSensitive: true,
        schema: z.object({}),
        async work(ctx, { account }) {
          ctx.body = await passkeys.registrationOptions(account)
        },
        show: answerCode,
      }),
    )
    .post(
      PASSKEY,
      console.form({
        page: PASSKEY,
        isSensitive: true,
        schema: NewPasskey,
        work: (ctx, visit, values) => add(parts, ctx, visit, values),
        show: (ctx, visit, refused) => show(parts, ctx, visit, { refused }, refused.fields.name),
      }),
    )
}

/** A script asked, so a refusal is a code and no page. */
const answerCode = (ctx: Context, _: Visit, { refusal }: Refused): void => {
  ctx.status = refusal.status
  ctx.body = { error: refusal.code }
}

const show = async (
  { console, language, secondFactors }: FactorParts,
  ctx: Context,
  visit: Visit,
  failure: Failure = {},
  typed?: string,
): Promise<void> => {
  if (!secondFactors.mayEnrol) return seeOther(ctx, SECURITY)
  const words = language.of(ctx)
  const { notice, faults, rendering } = failureView(ctx, words, failure, ['passkey'])
  const name = typed ?? deviceText(deviceOf(ctx.get('user-agent')), words)
  const locals = { notice, fault: faults.passkey, name, action: PASSKEY, optionsAction: OPTIONS }
  return console.render(ctx, visit, 'account-passkey', locals, { section: 'security', words, ...rendering })
}

const add = async (
  parts: FactorParts,
  ctx: Context,
  visit: Visit,
  { response, name }: z.output<typeof NewPasskey>,
): Promise<void> => {
  const { console, passkeys, waiting, addressOf } = parts
  const { sub } = visit.account
  const outcome = await passkeys.register({ sub, response, name, address: addressOf(ctx) })
  if (outcome.kind === 'wrong')
    return show(parts, ctx, visit, { faults: [{ field: 'passkey', code: 'refused' }] }, name)
  if (!outcome.recoveryCodes) return console.done(ctx, visit, SECURITY, 'passkey.added')
  await waiting.keepCodes(visit, outcome.recoveryCodes)
  return console.done(ctx, visit, CODES, 'passkey.added')
}
