import { z } from 'zod'
import { jsonInput } from '../json-input.ts'
import type { Operation } from '../operation.ts'
import { ActionInput, context, EntityInput } from './entities.ts'
import type { AccessApiParts } from './parts.ts'

/** AuthZEN Authorization API 1.0 §6.1. */
export const EvaluationInput = z.object({
  subject: EntityInput,
  action: ActionInput,
  resource: EntityInput,
  context,
})

export const Decision = z.object({ decision: z.boolean() })

/** AuthZEN Authorization API 1.0 §6. */
export const evaluationOperation = ({ evaluate, authorize }: AccessApiParts): Operation => ({
  method: 'POST',
  path: '/access/v1/evaluation',
  summary: 'Decides whether a subject may do something to a resource',
  body: EvaluationInput,
  needsToken: true,
  success: { status: 200, description: 'The decision', schema: Decision },
  problems: ['insufficient_scope'],
  async handle(ctx) {
    await authorize(ctx)
    const { action, ...inquiry } = await jsonInput(ctx, EvaluationInput)
    const [decision] = await evaluate([{ ...inquiry, action: action.name }])
    return { decision: decision === true }
  },
})
