import type { Context } from 'koa'
import { z } from 'zod'
import { refuse } from '../../errors.ts'
import type { Interaction } from '../../oidc/interactions.ts'
import { askerView } from '../display.ts'
import { loginFailedNotice, refusalNotice } from '../notices.ts'
import type { Notice } from '../page-locals.ts'
import type { InteractionParts } from '../parts.ts'
import { refusedRendering } from '../refused.ts'
import { back, interactionPath, type Refused, type Step } from '../step.ts'
import { LineField, PasswordField } from './fields.ts'

const SignInForm = z.object({ login: LineField, password: PasswordField })

interface Shown {
  login: string
  notice?: Notice
  faults?: { login?: string; password?: string }
  refused?: Refused
}

/** Shows the sign-in page, fresh or after a refusal. */
export const showSignIn = (
  parts: InteractionParts,
  ctx: Context,
  { uid, client, uiLocales }: Interaction,
  { login, notice, faults = {}, refused }: Shown,
): void => {
  const words = parts.language.of(ctx, uiLocales)
  const reported = refused ? refusalNotice(refused.refusal, words) : notice
  const failed = reported !== undefined || Object.keys(faults).length > 0
  parts.render(
    ctx,
    'sign-in',
    {
      asker: askerView(client),
      notice: reported,
      login,
      faults,
      csrf: parts.csrf.interactionToken(uid),
      action: interactionPath(uid, 'sign-in'),
      cancelAction: interactionPath(uid, 'cancel'),
      registerPath: parts.registrationOpen ? interactionPath(uid, 'register') : undefined,
      recoverPath: parts.recovery ? '/recover' : undefined,
    },
    {
      words,
      here: interactionPath(uid),
      ...(failed ? { status: 422, failed } : {}),
      ...refusedRendering(ctx, refused?.refusal),
    },
  )
}

/** The password step: proves `pwd` (RFC 8176). */
export const signInStep = (parts: InteractionParts): Step<z.output<typeof SignInForm>> => ({
  schema: SignInForm,
  async work(ctx, interaction, { login, password }) {
    if (interaction.prompt !== 'login') return back(ctx, interaction.uid)
    const { t } = parts.language.of(ctx, interaction.uiLocales)
    const faults = {
      ...(login.trim() === '' ? { login: t('fault.login.empty') } : {}),
      ...(password === '' ? { password: t('fault.password.empty') } : {}),
    }
    if (Object.keys(faults).length > 0) return showSignIn(parts, ctx, interaction, { login, faults })
    const outcome = await parts.signIn({ login, password, address: parts.addressOf(ctx) })
    if (outcome.kind === 'limited') throw refuse('too_many_attempts', { retryAfter: outcome.retryAfter })
    if (outcome.kind === 'wrong') {
      return showSignIn(parts, ctx, interaction, {
        login,
        notice: loginFailedNotice(parts.language.of(ctx, interaction.uiLocales), parts.recovery),
        faults: { password: t('loginFailed.hint') },
      })
    }
    await parts.progress.prove(interaction.uid, { sub: outcome.account.sub, amr: ['pwd'] })
    back(ctx, interaction.uid)
  },
  async show(ctx, interaction, refused) {
    showSignIn(parts, ctx, interaction, { login: refused.fields.login ?? '', refused })
  },
})
