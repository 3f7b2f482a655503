import type { Context } from 'koa'
import { z } from 'zod'
import { refuse } from '../../errors.ts'
import type { Interaction } from '../../oidc/interactions.ts'
import { refusalNotice } from '../notices.ts'
import type { Notice } from '../page-locals.ts'
import type { InteractionParts } from '../parts.ts'
import { refusedRendering } from '../refused.ts'
import { type Situation, situation } from '../situation.ts'
import { back, interactionPath, type Refused, type Step } from '../step.ts'
import { LineField } from '../steps/fields.ts'
import { codeFault } from './code-fault.ts'
import { signInPasskey } from './passkey-form.ts'
import { personView } from './person.ts'
import { chooseWay } from './ways.ts'

const CodeForm = z.object({ code: LineField, with: LineField.optional() })

interface Shown {
  /** What the person chose, from a request. */
  chosen?: unknown
  notice?: Notice
  fault?: string
  refused?: Refused
}

const wayPath = (uid: string, way: string): string => `${interactionPath(uid)}?with=${way}`

/** Shows the page of the second factor to who has proved the first one, fresh or after a refusal. */
export const showSecondFactor = async (
  parts: InteractionParts,
  ctx: Context,
  { uid, uiLocales }: Interaction,
  { step, account }: Situation,
  { chosen = ctx.query.with, notice, fault, refused }: Shown = {},
): Promise<void> => {
  if (step.kind !== 'second-factor' || !account) throw refused?.refusal ?? refuse('start_again')
  const words = parts.language.of(ctx, uiLocales)
  const methods = parts.secondFactors.methods(account)
  const way = chooseWay(methods, chosen)
  const reported = refused ? refusalNotice(refused.refusal, words) : notice
  parts.render(
    ctx,
    'second-factor',
    {
      notice: reported,
      person: personView(parts, uid, account),
      way,
      fault,
      csrf: parts.csrf.interactionToken(uid),
      action: interactionPath(uid, 'second-factor'),
      passkey: methods.includes('passkey') ? signInPasskey(parts, uid) : undefined,
      others: (['totp', 'recovery_code'] as const)
        .filter((other) => other !== way && methods.includes(other))
        .map((other) => ({ way: other, href: wayPath(uid, other) })),
    },
    {
      words,
      here: wayPath(uid, way),
      ...(reported || fault !== undefined ? { status: 422, failed: true } : {}),
      ...refusedRendering(ctx, refused?.refusal),
    },
  )
}

/** The step of a code: of the authenticator app, or a recovery code. */
export const secondFactorStep = (parts: InteractionParts): Step<z.output<typeof CodeForm>> => ({
  schema: CodeForm,
  async work(ctx, interaction, { code, with: chosen }) {
    const { uid } = interaction
    const found = await situation(parts, interaction)
    if (found.step.kind !== 'second-factor') return back(ctx, uid)
    const { basis } = found.step
    const again = (shown: Shown) => showSecondFactor(parts, ctx, interaction, found, { chosen, ...shown })
    const words = parts.language.of(ctx, interaction.uiLocales)
    if (code.trim() === '') return again(codeFault('fault.password.empty', words))
    const outcome = await parts.secondFactors.verifyCode({
      sub: basis.sub,
      code,
      address: parts.addressOf(ctx),
    })
    if (outcome.kind === 'limited') throw refuse('too_many_attempts', { retryAfter: outcome.retryAfter })
    if (outcome.kind === 'wrong')
      return again(
        codeFault(chosen === 'recovery_code' ? 'secondFactor.wrongRecovery' : 'fault.code.wrong', words),
      )
    await parts.progress.add(uid, basis, outcome.amr)
    back(ctx, uid)
  },
  show: async (ctx, interaction, refused) =>
    showSecondFactor(parts, ctx, interaction, await situation(parts, interaction), {
      chosen: refused.fields.with,
      refused,
    }),
})
