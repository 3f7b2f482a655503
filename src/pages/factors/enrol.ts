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
import { enrolPasskey } from './passkey-form.ts'
import { personView } from './person.ts'

const EnrolForm = z.object({ code: LineField })

interface Shown {
  notice?: Notice
  fault?: string
  refused?: Refused
}

/** A secret as people type it: in groups of four. */
export const inGroups = (secret: string): string => (secret.match(/.{1,4}/g) ?? []).join(' ')

/** Shows how to set up a second factor, to who must have one and has none. */
export const showEnrol = async (
  parts: InteractionParts,
  ctx: Context,
  { uid, uiLocales }: Interaction,
  { step, account }: Situation,
  { notice, fault, refused }: Shown = {},
): Promise<void> => {
  if (step.kind !== 'enrol' || !account) throw refused?.refusal ?? refuse('start_again')
  const words = parts.language.of(ctx, uiLocales)
  const { secret, uri, qr } = await parts.totpEnrolment.begin({ sub: account.sub, place: uid })
  const reported = refused ? refusalNotice(refused.refusal, words) : notice
  parts.render(
    ctx,
    'enrol',
    {
      notice: reported,
      person: personView(parts, uid, account),
      qr,
      secret: inGroups(secret),
      uri,
      fault,
      csrf: parts.csrf.interactionToken(uid),
      action: interactionPath(uid, 'enrol'),
      passkey: enrolPasskey(parts, uid),
    },
    {
      words,
      here: interactionPath(uid),
      ...(reported || fault !== undefined ? { status: 422, failed: true } : {}),
      ...refusedRendering(ctx, refused?.refusal),
    },
  )
}

/** The first code of a new authenticator app proves it, at the same time. */
export const enrolStep = (parts: InteractionParts): Step<z.output<typeof EnrolForm>> => ({
  schema: EnrolForm,
  async work(ctx, interaction, { code }) {
    const { uid } = interaction
    const found = await situation(parts, interaction)
    if (found.step.kind !== 'enrol') return back(ctx, uid)
    const { basis } = found.step
    const words = parts.language.of(ctx, interaction.uiLocales)
    const address = parts.addressOf(ctx)
    const outcome = await parts.totpEnrolment.confirm({ sub: basis.sub, place: uid, code, address })
    switch (outcome.kind) {
      case 'limited':
        throw refuse('too_many_attempts', { retryAfter: outcome.retryAfter })
      case 'wrong':
        return showEnrol(parts, ctx, interaction, found, codeFault('fault.code.wrong', words))
      case 'expired': {
        const notice = {
          code: 'enrolment_expired',
          title: words.t('enrol.expiredTitle'),
          text: words.t('enrol.expired'),
          list: [],
        }
        return showEnrol(parts, ctx, interaction, found, { notice })
      }
      case 'ok':
        await parts.progress.add(uid, basis, ['otp'], outcome.recoveryCodes)
        return back(ctx, uid)
    }
  },
  show: async (ctx, interaction, refused) =>
    showEnrol(parts, ctx, interaction, await situation(parts, interaction), { refused }),
})
