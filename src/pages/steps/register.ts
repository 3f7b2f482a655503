import type { Context } from 'koa'
import { z } from 'zod'
import { refuse } from '../../errors.ts'
import type { Fields } from '../../http/input.ts'
import { seeOther } from '../../http/see-other.ts'
import type { Words } from '../../i18n.ts'
import type { Interaction } from '../../oidc/interactions.ts'
import { askerView } from '../display.ts'
import { type FieldFault, faultsNotice, faultTexts, refusalNotice } from '../notices.ts'
import type { PageLocals } from '../page-locals.ts'
import type { InteractionParts, RegisterParts } from '../parts.ts'
import { rememberTyped } from '../recovery/typed-address.ts'
import { refusedRendering } from '../refused.ts'
import { back, interactionPath, type Refused, type Step } from '../step.ts'
import { LineField, PasswordField } from './fields.ts'

export const RegisterForm = z.object({
  email: LineField,
  name: LineField.optional(),
  password: PasswordField,
})
export type RegisterValues = z.output<typeof RegisterForm>

/** Why the page is shown again: faults at fields, or a refusal of the whole form. */
export interface RegisterFailure {
  fields: Fields
  faults?: readonly FieldFault[]
  refused?: Refused
}

/** Where the page stands: in a sign-in or by itself. */
export type RegisterPlace = Pick<PageLocals['register'], 'asker' | 'csrf' | 'action' | 'signInPath'>

/** Shows the registration page. Passwords are never sent back. */
export const showRegister = (
  parts: RegisterParts,
  ctx: Context,
  place: RegisterPlace,
  words: Words,
  { fields, faults = [], refused }: RegisterFailure,
): void => {
  const texts = faultTexts(faults, words)
  const notice = refused
    ? refusalNotice(refused.refusal, words)
    : faults.length > 0
      ? faultsNotice(texts, ['email', 'name', 'password'], words)
      : undefined
  parts.render(
    ctx,
    'register',
    {
      ...place,
      notice,
      email: fields.email ?? '',
      name: fields.name ?? '',
      faults: texts,
      isConfirmed: parts.mailReady,
      minLength: parts.passwordMinLength,
    },
    {
      words,
      here: place.action,
      ...(notice ? { status: 422, failed: true } : {}),
      ...refusedRendering(ctx, refused?.refusal),
    },
  )
}

export type Registered =
  | { kind: 'ok'; sub: string }
  | { kind: 'sent' }
  | { kind: 'faults'; faults: readonly FieldFault[] }

/** What comes after a registration whose address is proven first; it is the same for every address (C-24). */
export const SENT = '/register/sent'

/**
 * Registers what the form says.
 *
 * @throws Refusal `too_many_attempts`, `registration_closed`, `busy`
 */
export const registerFrom = async (
  parts: RegisterParts,
  ctx: Context,
  { email, name = '', password }: RegisterValues,
  words: Words,
): Promise<Registered> => {
  const outcome = await parts.register({
    email,
    password,
    name: name.trim() === '' ? undefined : name.trim(),
    locale: words.locale,
    address: parts.addressOf(ctx),
  })
  if (outcome.kind === 'closed') throw refuse('registration_closed')
  if (outcome.kind === 'limited') throw refuse('too_many_attempts', { retryAfter: outcome.retryAfter })
  if (outcome.kind === 'sent') rememberTyped(ctx, email, parts.secure)
  return outcome.kind === 'ok' ? { kind: 'ok', sub: outcome.account.sub } : outcome
}

const placeIn = (parts: InteractionParts, { uid, client }: Interaction): RegisterPlace => ({
  asker: askerView(client),
  csrf: parts.csrf.interactionToken(uid),
  action: interactionPath(uid, 'register'),
  signInPath: interactionPath(uid),
})

/** Shows registration within a sign-in. */
export const showRegisterIn = (
  parts: InteractionParts,
  ctx: Context,
  interaction: Interaction,
  failure: RegisterFailure,
): void => {
  if (!parts.registrationOpen) throw refuse('registration_closed')
  const words = parts.language.of(ctx, interaction.uiLocales)
  showRegister(parts, ctx, placeIn(parts, interaction), words, failure)
}

/** Registration within a sign-in: who has just chosen the password has proved it. */
export const registerStep = (parts: InteractionParts): Step<RegisterValues> => ({
  schema: RegisterForm,
  async work(ctx, interaction, values) {
    if (interaction.prompt !== 'login') return back(ctx, interaction.uid)
    const words = parts.language.of(ctx, interaction.uiLocales)
    const outcome = await registerFrom(parts, ctx, values, words)
    if (outcome.kind === 'sent') return seeOther(ctx, SENT)
    if (outcome.kind === 'faults') {
      const fields = { email: values.email, name: values.name ?? '' }
      return showRegisterIn(parts, ctx, interaction, { fields, faults: outcome.faults })
    }
    await parts.progress.prove(interaction.uid, { sub: outcome.sub, amr: ['pwd'] })
    back(ctx, interaction.uid)
  },
  async show(ctx, interaction, refused) {
    showRegisterIn(parts, ctx, interaction, { fields: refused.fields, refused })
  },
})
