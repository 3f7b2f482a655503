import Router from '@koa/router'
import { dispatcher } from './dispatcher.ts'
import { enrolStep } from './factors/enrol.ts'
import { codesSavedStep } from './factors/new-codes.ts'
import { enrolOptionsStep, enrolPasskeyStep, passkeyOptionsStep, passkeyStep } from './factors/passkey.ts'
import { restartStep } from './factors/restart.ts'
import { secondFactorStep } from './factors/second-factor.ts'
import type { InteractionParts } from './parts.ts'
import { step } from './step.ts'
import { cancelStep } from './steps/cancel.ts'
import { consentStep } from './steps/consent.ts'
import { registerStep, showRegisterIn } from './steps/register.ts'
import { restoreStep } from './steps/restore.ts'
import { signInStep } from './steps/sign-in.ts'

/** The pages of a sign-in: one dispatcher, and the steps that report to it. */
export const interactionRoutes = (parts: InteractionParts): Router => {
  const dispatch = dispatcher(parts)
  const signIn = step(parts, signInStep(parts))
  const register = step(parts, registerStep(parts))
  const consent = step(parts, consentStep(parts))
  const cancel = step(parts, cancelStep(parts))
  const secondFactor = step(parts, secondFactorStep(parts))
  const passkey = step(parts, passkeyStep(parts))
  const passkeyOptions = step(parts, passkeyOptionsStep(parts))
  const enrol = step(parts, enrolStep(parts))
  const enrolPasskey = step(parts, enrolPasskeyStep(parts))
  const enrolOptions = step(parts, enrolOptionsStep(parts))
  const codesSaved = step(parts, codesSavedStep(parts))
  const restart = step(parts, restartStep(parts))
  const restore = step(parts, restoreStep(parts))
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
    .post('/interaction/:uid/second-factor', (ctx) => secondFactor(ctx, uidOf(ctx)))
    .post('/interaction/:uid/passkey', (ctx) => passkey(ctx, uidOf(ctx)))
    .post('/interaction/:uid/passkey/options', (ctx) => passkeyOptions(ctx, uidOf(ctx)))
    .post('/interaction/:uid/enrol', (ctx) => enrol(ctx, uidOf(ctx)))
    .post('/interaction/:uid/enrol/passkey', (ctx) => enrolPasskey(ctx, uidOf(ctx)))
    .post('/interaction/:uid/enrol/passkey/options', (ctx) => enrolOptions(ctx, uidOf(ctx)))
    .post('/interaction/:uid/codes-saved', (ctx) => codesSaved(ctx, uidOf(ctx)))
    .post('/interaction/:uid/restart', (ctx) => restart(ctx, uidOf(ctx)))
    .post('/interaction/:uid/restore', (ctx) => restore(ctx, uidOf(ctx)))
    .post('/interaction/:uid/consent', (ctx) => consent(ctx, uidOf(ctx)))
    .post('/interaction/:uid/cancel', (ctx) => cancel(ctx, uidOf(ctx)))
}
