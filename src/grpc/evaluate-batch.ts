import { z } from 'zod'
import { EvaluationInput } from './entities.ts'
import type { EvaluateParts } from './evaluate.ts'
import { input } from './input.ts'
import { inquiryOf } from './inquiry.ts'
import type { Method } from './method.ts'

const MOST_EVALUATIONS = 100

/** The decision after which there is no other. */
const LAST = {
  EVALUATIONS_SEMANTIC_UNSPECIFIED: undefined,
  EVALUATIONS_SEMANTIC_EXECUTE_ALL: undefined,
  EVALUATIONS_SEMANTIC_DENY_ON_FIRST_DENY: false,
  EVALUATIONS_SEMANTIC_PERMIT_ON_FIRST_PERMIT: true,
} as const

const Semantic = z.enum([
  'EVALUATIONS_SEMANTIC_UNSPECIFIED',
  'EVALUATIONS_SEMANTIC_EXECUTE_ALL',
  'EVALUATIONS_SEMANTIC_DENY_ON_FIRST_DENY',
  'EVALUATIONS_SEMANTIC_PERMIT_ON_FIRST_PERMIT',
])

const BatchInput = EvaluationInput.extend({
  evaluations: z.array(EvaluationInput).min(1).max(MOST_EVALUATIONS),
  evaluations_semantic: Semantic.default('EVALUATIONS_SEMANTIC_UNSPECIFIED'),
})

/** `gatehouse.v1.Access/EvaluateBatch`. */
export const evaluateBatchMethod =
  ({ evaluate, authorize }: EvaluateParts): Method =>
  async (message, { metadata, isWanted }) => {
    await authorize(metadata)
    const { evaluations, evaluations_semantic: semantic, ...defaults } = input(BatchInput, message)
    const inquiries = evaluations.map((evaluation, at) =>
      inquiryOf(withDefaults(evaluation, defaults), `evaluations.${at}.`),
    )
    const decisions = await evaluate(inquiries, LAST[semantic], isWanted)
    return { evaluations: decisions.map((decision) => ({ decision })) }
  }

const withDefaults = (own: EvaluationInput, defaults: EvaluationInput): EvaluationInput => ({
  subject: own.subject ?? defaults.subject,
  action: own.action ?? defaults.action,
  resource: own.resource ?? defaults.resource,
  context: own.context ?? defaults.context,
})
