import Router from '@koa/router'
import { dispatcher } from './dispatcher.ts'
import type { InteractionParts } from './parts.ts'
import { step } from './step.ts'
import { cancelStep } from './steps/cancel.ts'
import { consentStep } from './steps/consent.ts'
import { registerStep, showRegisterIn } from './steps/register.ts'
import { signInStep } from './steps/sign-in.ts'

/** The pages of a sign-in: one dispatcher, and the steps that report to it. */
export const interactionRoutes = (parts: InteractionParts): Router => {
  const dispatch = dispatcher(parts)
  const signIn = step(parts, signInStep(parts))
  const register = step(parts, registerStep(parts))
  const consent = step(parts, consentStep(parts))
  const cancel = step(parts, cancelStep(parts))
  const uidOf = (ctx: { params: Record<string, string | undefined> }): string => ctx.params.uid ?? ''
  // No prefix: a strict router would append the slash of its root to it.
  return new Router({ strict: true, sensitive: true })
    .get('/interaction/:uid', (ctx) => dispatch(ctx, uidOf(ctx)))
    .post('/interaction/:uid/sign-in', (ctx) => signIn(ctx, uidOf(ctx)))
    .get('/interaction/:uid/register', async (ctx) => {
      const interaction = await parts.interactions.current(ctx, uidOf(ctx))
      showRegisterIn(parts, ctx, interaction, { fields: {} })
    })
    .post('/interaction/:uid/register', (ctx) => register(ctx, uidOf(ctx)))
    .post('/interaction/:uid/consent', (ctx) => consent(ctx, uidOf(ctx)))
    .post('/interaction/:uid/cancel', (ctx) => cancel(ctx, uidOf(ctx)))
}
