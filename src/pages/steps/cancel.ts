import { z } from 'zod'
import type { InteractionParts } from '../parts.ts'
import { back, type Step } from '../step.ts'
import { signInStep } from './sign-in.ts'

const CancelForm = z.object({})

/** The person goes back to the application without signing in. */
export const cancelStep = (parts: InteractionParts): Step<z.output<typeof CancelForm>> => ({
  schema: CancelForm,
  async work(ctx, { uid }) {
    await parts.progress.decide(uid, 'deny')
    back(ctx, uid)
  },
  show: signInStep(parts).show,
})
