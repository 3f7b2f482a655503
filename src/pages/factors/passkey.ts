import type { Context } from 'koa'
import { z } from 'zod'
import { deviceOf } from '../../domain/devices.ts'
import type { Interaction } from '../../oidc/interactions.ts'
import { deviceText } from '../account/device-names.ts'
import type { Notice } from '../page-locals.ts'
import type { InteractionParts } from '../parts.ts'
import { situation } from '../situation.ts'
import { back, type Refused, type Step } from '../step.ts'
import { showSignIn } from '../steps/sign-in.ts'
import { showEnrol } from './enrol.ts'
import { PasskeyAnswer } from './passkey-form.ts'
import { showSecondFactor } from './second-factor.ts'

const OptionsForm = z.object({})

const answerOptions = (ctx: Context, options: object): void => {
  ctx.set('Cache-Control', 'no-store')
  ctx.body = options
}

/** A script asked, so a refusal is a code and no page. */
const showCode = async (ctx: Context, _: Interaction, { refusal }: Refused): Promise<void> => {
  ctx.status = refusal.status
  if (refusal.retryAfter !== undefined) ctx.set('Retry-After', String(Math.ceil(refusal.retryAfter)))
  answerOptions(ctx, { error: refusal.code })
}

/**
 * Options for using a passkey. Before the first factor they name no credential, whoever it is that comes, so that they
 * tell nothing (C-24); after it they name those of the person.
 */
export const passkeyOptionsStep = (parts: InteractionParts): Step<z.output<typeof OptionsForm>> => ({
  schema: OptionsForm,
  async work(ctx, interaction) {
    const { step, account } = await situation(parts, interaction)
    const known = step.kind === 'second-factor' ? account : undefined
    answerOptions(ctx, await parts.passkeys.authenticationOptions(interaction.uid, known))
  },
  show: showCode,
})

/** Options for setting up a passkey. */
export const enrolOptionsStep = (parts: InteractionParts): Step<z.output<typeof OptionsForm>> => ({
  schema: OptionsForm,
  async work(ctx, interaction) {
    const { step, account } = await situation(parts, interaction)
    if (step.kind !== 'enrol' || !account) return back(ctx, interaction.uid)
    answerOptions(ctx, await parts.passkeys.registrationOptions(account))
  },
  show: showCode,
})

type Answer = z.output<typeof PasskeyAnswer>

const failedNotice = (parts: InteractionParts, ctx: Context, { uiLocales }: Interaction): Notice => {
  const { t } = parts.language.of(ctx, uiLocales)
  return { code: 'passkey_refused', title: t('passkey.refusedTitle'), text: t('passkey.refused'), list: [] }
}

/** A passkey as the first factor, alone, or as the second one of the person who has proved the first. */
export const passkeyStep = (parts: InteractionParts): Step<Answer> => ({
  schema: PasskeyAnswer,
  async work(ctx, interaction, { response }) {
    const { uid } = interaction
    const found = await situation(parts, interaction)
    const { step } = found
    const attempt = { binding: uid, response, address: parts.addressOf(ctx) }
    if (step.kind === 'second-factor') {
      const outcome = await parts.passkeys.authenticate({ ...attempt, sub: step.basis.sub })
      if (outcome.kind === 'wrong')
        return showSecondFactor(parts, ctx, interaction, found, {
          chosen: 'passkey',
          notice: failedNotice(parts, ctx, interaction),
        })
      await parts.progress.add(uid, step.basis, outcome.amr)
    }
    if (step.kind === 'sign-in') {
      const outcome = await parts.passkeys.authenticate(attempt)
      if (outcome.kind === 'wrong' || !outcome.isUserVerified)
        return showSignIn(parts, ctx, interaction, {
          login: '',
          notice: failedNotice(parts, ctx, interaction),
        })
      await parts.progress.prove(uid, outcome)
    }
    back(ctx, uid)
  },
  async show(ctx, interaction, refused) {
    const found = await situation(parts, interaction)
    if (found.step.kind === 'second-factor')
      return showSecondFactor(parts, ctx, interaction, found, { chosen: 'passkey', refused })
    if (found.step.kind === 'sign-in') return showSignIn(parts, ctx, interaction, { login: '', refused })
    throw refused.refusal
  },
})

/** A new passkey proves itself at the same time. */
export const enrolPasskeyStep = (parts: InteractionParts): Step<Answer> => ({
  schema: PasskeyAnswer,
  async work(ctx, interaction, { response }) {
    const { uid } = interaction
    const found = await situation(parts, interaction)
    const { step } = found
    if (step.kind !== 'enrol') return back(ctx, uid)
    const words = parts.language.of(ctx, interaction.uiLocales)
    const outcome = await parts.passkeys.register({
      sub: step.basis.sub,
      response,
      name: deviceText(deviceOf(ctx.get('user-agent')), words),
      address: parts.addressOf(ctx),
    })
    if (outcome.kind === 'wrong')
      return showEnrol(parts, ctx, interaction, found, { notice: failedNotice(parts, ctx, interaction) })
    const amr = [outcome.passkey.isSynced ? 'swk' : 'hwk']
    await parts.progress.add(uid, step.basis, amr, outcome.recoveryCodes)
    back(ctx, uid)
  },
  show: async (ctx, interaction, refused) =>
    showEnrol(parts, ctx, interaction, await situation(parts, interaction), { refused }),
})
