import type { Context } from 'koa'
import { z } from 'zod'
import { needsRestore } from '../../domain/account-deletion.ts'
import { refuse } from '../../errors.ts'
import type { Interaction } from '../../oidc/interactions.ts'
import { minuteOf } from '../account/moment.ts'
import { personView } from '../factors/person.ts'
import { refusalNotice } from '../notices.ts'
import type { InteractionParts } from '../parts.ts'
import { refusedRendering } from '../refused.ts'
import { type Situation, situation } from '../situation.ts'
import { back, interactionPath, type Refused, type Step } from '../step.ts'

const RestoreForm = z.object({})

/** Asks who has proved everything, and wanted to leave, whether to keep the account; nobody is signed in to one that is to be removed. */
export const showRestore = async (
  parts: InteractionParts,
  ctx: Context,
  interaction: Interaction,
  { step, account }: Situation,
  refused?: Refused,
): Promise<void> => {
  if (step.kind !== 'signed-in' || !account?.deletion) throw refused?.refusal ?? refuse('start_again')
  const { uid, uiLocales } = interaction
  const { due } = account.deletion
  const words = parts.language.of(ctx, uiLocales)
  parts.render(
    ctx,
    'restore',
    {
      notice: refused && refusalNotice(refused.refusal, words),
      person: personView(parts, uid, account),
      due: due > parts.now() ? minuteOf(due, words) : undefined,
      csrf: parts.csrf.interactionToken(uid),
      action: interactionPath(uid, 'restore'),
      cancelAction: interactionPath(uid, 'cancel'),
    },
    { words, here: interactionPath(uid), ...refusedRendering(ctx, refused?.refusal) },
  )
}

/** Keeps the account; the sign-in goes on. */
export const restoreStep = (parts: InteractionParts): Step<z.output<typeof RestoreForm>> => ({
  schema: RestoreForm,
  async work(ctx, interaction) {
    const { step, account } = await situation(parts, interaction)
    if (step.kind === 'signed-in' && account && needsRestore(account))
      await parts.deletion.undoOf({ sub: account.sub, address: parts.addressOf(ctx) })
    back(ctx, interaction.uid)
  },
  show: async (ctx, interaction, refused) =>
    showRestore(parts, ctx, interaction, await situation(parts, interaction), refused),
})
