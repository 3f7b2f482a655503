import type { Demand } from '../domain/factors/policy.ts'
import type { Account } from '../domain/ports.ts'
import { acrOf, TWO_FACTORS } from '../oidc/acr.ts'
import { isAlive } from '../oidc/adapter-parts.ts'
import type { Interaction } from '../oidc/interactions.ts'
import { SECOND_FACTOR } from '../oidc/second-factor-policy.ts'
import type { InteractionParts } from './parts.ts'
import type { Basis, Proven, Reached } from './progress.ts'

/** What the engine asks of the person. */
export type Asked = Pick<Interaction, 'prompt' | 'reasons' | 'session'>

/** What an interaction needs next. */
export type Next =
  | { kind: 'sign-in' }
  | { kind: 'second-factor'; basis: Basis }
  | { kind: 'enrol'; basis: Basis }
  | { kind: 'new-codes'; proven: Proven }
  | { kind: 'signed-in'; basis: Basis }
  | { kind: 'consent' }
  | { kind: 'consented' }
  | { kind: 'denied' }

/** The session stands, and is asked for its second factor alone. */
const isStepUp = ({ reasons }: Asked): boolean =>
  reasons.length > 0 && reasons.every((reason) => reason === SECOND_FACTOR)

/** The first factor: proved in this interaction, or before it by the session of the browser. */
const basisOf = (asked: Asked, reached: Reached): Basis | undefined => {
  if (asked.prompt !== 'login') return undefined
  if (reached.kind === 'proven') return reached
  return reached.kind === 'nothing' && isStepUp(asked) ? asked.session : undefined
}

/**
 * Decides from the stored facts alone; no step knows of another one. Nothing is a sign-in before all factors are there.
 *
 * @param demand of the account that `reached`, or the session in its place, proves
 */
export const next = (asked: Asked, reached: Reached, demand: Demand): Next => {
  if (reached.kind === 'decided' && reached.decision === 'deny') return { kind: 'denied' }
  if (asked.prompt === 'consent') return { kind: reached.kind === 'decided' ? 'consented' : 'consent' }
  const basis = basisOf(asked, reached)
  if (!basis) return { kind: 'sign-in' }
  if (reached.kind === 'proven' && reached.newCodes !== undefined)
    return { kind: 'new-codes', proven: reached }
  if (demand === 'none' || acrOf(basis.amr) === TWO_FACTORS) return { kind: 'signed-in', basis }
  if (demand === 'ask') return { kind: 'second-factor', basis }
  // Who sets up a factor proves the first one now, not some time ago (ASVS 7.5.1).
  return reached.kind === 'proven' ? { kind: 'enrol', basis } : { kind: 'sign-in' }
}

/** What is next; `account` is that of the person who is proved so far. */
export type Situation = { step: Next; account: Account | undefined }

/** Looks up the facts and decides. A proof from before a new password or a disabling proves nothing any more. */
export const situation = async (
  { progress, accounts, secondFactors }: Pick<InteractionParts, 'progress' | 'accounts' | 'secondFactors'>,
  interaction: Interaction,
): Promise<Situation> => {
  const reached = await progress.read(interaction.uid)
  const basis = basisOf(interaction, reached)
  if (!basis) return { step: next(interaction, reached, 'none'), account: undefined }
  const account = await accounts.present(basis.sub)
  if (account === undefined || !isAlive(account, basis.authTime))
    return { step: next(interaction, { kind: 'anew' }, 'none'), account: undefined }
  return { step: next(interaction, reached, await secondFactors.demand(account)), account }
}
