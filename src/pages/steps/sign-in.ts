import type { Context } from 'koa'
import { z } from 'zod'
import { refuse } from '../../errors.ts'
import type { Interaction } from '../../oidc/interactions.ts'
import { askerView } from '../display.ts'
import { signInPasskey } from '../factors/passkey-form.ts'
import { faultsNotice, loginFailedNotice, refusalNotice } from '../notices.ts'
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
      passkey: signInPasskey(parts, uid),
      registerPath: parts.registrationOpen ? interactionPath(uid, 'register') : undefined,
      recoverPath: parts.recovery ? '/recover' : undefined,
    },
    {
      words,
      here: interactionPath(uid),
      ...(reported ? { status: 422, failed: true } : {}),
      ...refusedRendering(ctx, refused?.refusal),
    },
  )
}

/** The password step: proves `pwd` (RFC 8176). */
export const signInStep = (parts: InteractionParts): Step<z.output<typeof SignInForm>> => ({
  schema: SignInForm,
  async work(ctx, interaction, { login, password }) {
    if (interaction.prompt !== 'login') return back(ctx, interaction.uid)
    const words = parts.language.of(ctx, interaction.uiLocales)
    const { t } = words
    const faults = {
      ...(login.trim() === '' ? { login: t('fault.login.empty') } : {}),
      ...(password === '' ? { password: t('fault.password.empty') } : {}),
    }
    if (Object.keys(faults).length > 0) {
      const notice = faultsNotice(faults, ['login', 'password'], words)
      return showSignIn(parts, ctx, interaction, { login, notice, faults })
    }
    const outcome = await parts.signIn({ login, password, address: parts.addressOf(ctx) })
    if (outcome.kind === 'limited') throw refuse('too_many_attempts', { retryAfter: outcome.retryAfter })
    if (outcome.kind === 'wrong') {
      return showSignIn(parts, ctx, interaction, {
        login,
        notice: loginFailedNotice(words, parts.recovery),
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
