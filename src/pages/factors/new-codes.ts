import type { Context } from 'koa'
import { z } from 'zod'
import { dateLocale } from '../../domain/date-locale.ts'
import { refuse } from '../../errors.ts'
import type { Interaction } from '../../oidc/interactions.ts'
import type { InteractionParts } from '../parts.ts'
import type { Situation } from '../situation.ts'
import { back, interactionPath, type Step } from '../step.ts'

const SavedForm = z.object({})

/** Shows the recovery codes that came with a first second factor, until the person has put them away. */
export const showNewCodes = async (
  parts: InteractionParts,
  ctx: Context,
  { uid, uiLocales }: Interaction,
  { step, account }: Situation,
): Promise<void> => {
  if (step.kind !== 'new-codes' || !account) throw refuse('start_again')
  const words = parts.language.of(ctx, uiLocales)
  const date = new Intl.DateTimeFormat(dateLocale(words.locale), {
    dateStyle: 'long',
    timeZone: 'UTC',
  }).format(parts.now())
  parts.render(
    ctx,
    'new-codes',
    {
      codes: parts.progress.newCodes(uid, step.proven),
      paper: { issuer: parts.issuer, label: account.email, date },
      csrf: parts.csrf.interactionToken(uid),
      action: interactionPath(uid, 'codes-saved'),
    },
    { words, here: interactionPath(uid) },
  )
}

/** The person says that the codes are put away. */
export const codesSavedStep = (parts: InteractionParts): Step<z.output<typeof SavedForm>> => ({
  schema: SavedForm,
  async work(ctx, { uid }) {
    await parts.progress.saved(uid)
    back(ctx, uid)
  },
  show: (_ctx, _interaction, { refusal }) => Promise.reject(refusal),
})
