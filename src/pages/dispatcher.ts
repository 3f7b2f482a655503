import type { Context } from 'koa'
import { needsRestore } from '../domain/account-deletion.ts'
import { seeOther } from '../http/see-other.ts'
import { acrOf } from '../oidc/acr.ts'
import { showEnrol } from './factors/enrol.ts'
import { showNewCodes } from './factors/new-codes.ts'
import { showSecondFactor } from './factors/second-factor.ts'
import type { InteractionParts } from './parts.ts'
import { situation } from './situation.ts'
import { showConsent } from './steps/consent.ts'
import { showRestore } from './steps/restore.ts'
import { showSignIn } from './steps/sign-in.ts'

/** `GET /interaction/:uid`: shows the page that is next, or hands the answer to the engine and goes where it says. */
export const dispatcher =
  (parts: InteractionParts) =>
  async (ctx: Context, uid: string): Promise<void> => {
    const { interactions } = parts
    const interaction = await interactions.current(ctx, uid)
    const found = await situation(parts, interaction)
    const { step } = found
    switch (step.kind) {
      case 'sign-in':
        return showSignIn(parts, ctx, interaction, { login: interaction.loginHint ?? '' })
      case 'second-factor':
        return showSecondFactor(parts, ctx, interaction, found)
      case 'enrol':
        return showEnrol(parts, ctx, interaction, found)
      case 'new-codes':
        return showNewCodes(parts, ctx, interaction, found)
      case 'consent':
        return showConsent(parts, ctx, interaction)
      case 'signed-in': {
        if (found.account && needsRestore(found.account)) return showRestore(parts, ctx, interaction, found)
        const { sub, amr, authTime } = step.basis
        return seeOther(ctx, await interactions.signedIn(ctx, uid, { sub, amr, authTime, acr: acrOf(amr) }))
      }
      case 'consented':
        return seeOther(ctx, await interactions.consented(ctx, uid))
      case 'denied':
        return seeOther(ctx, await interactions.denied(ctx, uid))
    }
  }
