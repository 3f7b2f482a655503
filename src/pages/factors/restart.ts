import { z } from 'zod'
import type { InteractionParts } from '../parts.ts'
import { back, type Step } from '../step.ts'
import { signInStep } from '../steps/sign-in.ts'

const RestartForm = z.object({})

/** "Not you?": somebody else is at the browser, and signs in from the beginning. */
export const restartStep = (parts: InteractionParts): Step<z.output<typeof RestartForm>> => ({
  schema: RestartForm,
  async work(ctx, { uid, prompt }) {
    if (prompt === 'login') await parts.progress.restart(uid)
    back(ctx, uid)
  },
  show: signInStep(parts).show,
})
