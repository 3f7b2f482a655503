import type { Context } from 'koa'
import { seeOther } from '../http/see-other.ts'
import { isAlive } from '../oidc/adapter-parts.ts'
import type { Interaction } from '../oidc/interactions.ts'
import type { InteractionParts } from './parts.ts'
import type { Reached } from './progress.ts'
import { showConsent } from './steps/consent.ts'
import { showSignIn } from './steps/sign-in.ts'

const ONE_FACTOR = 'urn:gatehouse:1'

/** What an interaction needs next. */
export type Next =
  | { kind: 'sign-in' }
  | { kind: 'consent' }
  | { kind: 'signed-in'; sub: string; amr: string[]; authTime: number }
  | { kind: 'consented' }
  | { kind: 'denied' }

/** Decides from the stored facts alone; no step knows of another one. */
export const next = ({ prompt }: Pick<Interaction, 'prompt'>, reached: Reached): Next => {
  if (reached.kind === 'decided' && reached.decision === 'deny') return { kind: 'denied' }
  if (prompt === 'consent') return { kind: reached.kind === 'decided' ? 'consented' : 'consent' }
  if (reached.kind !== 'proven') return { kind: 'sign-in' }
  const { sub, amr, authTime } = reached
  return { kind: 'signed-in', sub, amr, authTime }
}

/** A proof from before a new password or a disabling proves nothing any more. */
const standing = async (reached: Reached, accounts: InteractionParts['accounts']): Promise<Reached> => {
  if (reached.kind !== 'proven') return reached
  return isAlive(await accounts.find(reached.sub), reached.authTime) ? reached : { kind: 'nothing' }
}

/** `GET /interaction/:uid`: shows the page that is next, or hands the answer to the engine and goes where it says. */
export const dispatcher =
  (parts: InteractionParts) =>
  async (ctx: Context, uid: string): Promise<void> => {
    const { interactions, progress, accounts } = parts
    const interaction = await interactions.current(ctx, uid)
    const step = next(interaction, await standing(await progress.read(uid), accounts))
    switch (step.kind) {
      case 'sign-in':
        return showSignIn(parts, ctx, interaction, { login: interaction.loginHint ?? '' })
      case 'consent':
        return showConsent(parts, ctx, interaction)
      case 'signed-in': {
        const { sub, amr, authTime } = step
        return seeOther(ctx, await interactions.signedIn(ctx, uid, { sub, amr, authTime, acr: ONE_FACTOR }))
      }
      case 'consented':
        return seeOther(ctx, await interactions.consented(ctx, uid))
      case 'denied':
        return seeOther(ctx, await interactions.denied(ctx, uid))
    }
  }
