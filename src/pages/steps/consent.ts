import type { Context } from 'koa'
import { z } from 'zod'
import { refuse } from '../../errors.ts'
import type { Interaction } from '../../oidc/interactions.ts'
import { askerView, initial } from '../display.ts'
import { refusalNotice } from '../notices.ts'
import type { InteractionParts } from '../parts.ts'
import { refusedRendering } from '../refused.ts'
import { scopeViews } from '../scopes.ts'
import { back, interactionPath, type Refused, type Step } from '../step.ts'

const ConsentForm = z.object({ decision: z.enum(['allow', 'deny']) })

/** Shows what the application asks for, and to whom it would be given. */
export const showConsent = async (
  parts: InteractionParts,
  ctx: Context,
  interaction: Interaction,
  refused?: Refused,
): Promise<void> => {
  const { uid, client, session, uiLocales } = interaction
  const account = session && (await parts.accounts.present(session.sub))
  if (!account) throw refuse('start_again')
  const words = parts.language.of(ctx, uiLocales)
  parts.render(
    ctx,
    'consent',
    {
      asker: askerView(client),
      notice: refused && refusalNotice(refused.refusal, words),
      person: { label: account.email, initial: initial(account.name ?? account.email) },
      scopes: scopeViews(interaction, words),
      csrf: parts.csrf.interactionToken(uid),
      action: interactionPath(uid, 'consent'),
    },
    { words, here: interactionPath(uid), ...refusedRendering(ctx, refused?.refusal) },
  )
}

/** The person allows or denies all that was asked. */
export const consentStep = (parts: InteractionParts): Step<z.output<typeof ConsentForm>> => ({
  schema: ConsentForm,
  async work(ctx, { uid, prompt }, { decision }) {
    if (prompt === 'consent') await parts.progress.decide(uid, decision)
    back(ctx, uid)
  },
  show: (ctx, interaction, refused) =>
    interaction.prompt === 'consent'
      ? showConsent(parts, ctx, interaction, refused)
      : Promise.reject(refused.refusal),
})
