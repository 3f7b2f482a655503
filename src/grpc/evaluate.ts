import type { Evaluate } from '../domain/access/evaluation.ts'
import type { Authorize } from './caller.ts'
import { EvaluationInput } from './entities.ts'
import { input } from './input.ts'
import { inquiryOf } from './inquiry.ts'
import type { Method } from './method.ts'

export interface EvaluateParts {
  evaluate: Evaluate
  authorize: Authorize
}

/** `gatehouse.v1.Access/Evaluate`. */
export const evaluateMethod =
  ({ evaluate, authorize }: EvaluateParts): Method =>
  async (message, { metadata }) => {
    await authorize(metadata)
    const [decision] = await evaluate([inquiryOf(input(EvaluationInput, message))])
    return { decision: decision === true }
  }
