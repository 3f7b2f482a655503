import { z } from 'zod'
import type { Inquiry } from '../../domain/access/inquiry.ts'
import { jsonInput } from '../json-input.ts'
import type { Operation } from '../operation.ts'
import { Problem } from '../problem.ts'
import { ActionInput, Attributes, EntityInput } from './entities.ts'
import { Decision } from './evaluation.ts'
import type { AccessApiParts } from './parts.ts'

const MOST_EVALUATIONS = 100

const Evaluation = z.object({
  subject: EntityInput.exactOptional(),
  action: ActionInput.exactOptional(),
  resource: EntityInput.exactOptional(),
  context: Attributes.exactOptional(),
})
type Evaluation = z.output<typeof Evaluation>

const Semantic = z.enum(['execute_all', 'deny_on_first_deny', 'permit_on_first_permit'])

/** AuthZEN Authorization API 1.0 §7.1: members beside `evaluations` are what each of them has by default. */
const EvaluationsInput = Evaluation.extend({
  evaluations: z.array(Evaluation).max(MOST_EVALUATIONS).default([]),
  options: z.object({ evaluations_semantic: Semantic.default('execute_all') }).default({
    evaluations_semantic: 'execute_all',
  }),
})

/** The decision after which there is no other. */
const LAST: Record<z.output<typeof Semantic>, boolean | undefined> = {
  execute_all: undefined,
  deny_on_first_deny: false,
  permit_on_first_permit: true,
}

/** AuthZEN Authorization API 1.0 §7. */
export const evaluationsOperation = ({ evaluate, authorize }: AccessApiParts): Operation => ({
  method: 'POST',
  path: '/access/v1/evaluations',
  summary: `Decides up to ${MOST_EVALUATIONS} evaluations at once; without any, like a single one`,
  body: EvaluationsInput,
  needsToken: true,
  success: {
    status: 200,
    description: 'The decisions in the order of the evaluations',
    schema: z.union([z.object({ evaluations: z.array(Decision) }), Decision]),
  },
  problems: ['insufficient_scope'],
  async handle(ctx) {
    await authorize(ctx)
    const { evaluations, options, ...defaults } = await jsonInput(ctx, EvaluationsInput)
    if (evaluations.length === 0) {
      const [decision] = await evaluate([whole(defaults, [])])
      return { decision: decision === true }
    }
    const inquiries = evaluations.map((evaluation, at) =>
      whole({ ...defaults, ...evaluation }, ['evaluations', at]),
    )
    const decisions = await evaluate(inquiries, LAST[options.evaluations_semantic])
    return { evaluations: decisions.map((decision) => ({ decision })) }
  },
})

/** @throws Problem `bad_request` for an evaluation that lacks what it needs */
const whole = (
  { subject, action, resource, context = {} }: Evaluation,
  path: readonly (string | number)[],
): Inquiry => {
  if (subject && action && resource) return { subject, action: action.name, resource, context }
  const missing = Object.entries({ subject, action, resource }).filter(([, value]) => value === undefined)
  throw new Problem('bad_request', {
    errors: missing.map(([name]) => ({ field: [...path, name].join('.'), code: 'malformed' })),
  })
}
