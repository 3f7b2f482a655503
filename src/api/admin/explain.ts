import { z } from 'zod'
import { assignmentJson } from '../../domain/access/assignment-json.ts'
import type { Reason } from '../../domain/access/question.ts'
import { text } from '../json-input.ts'
import type { Operation } from '../operation.ts'
import { adminOperation, noBody } from './operation.ts'
import type { AdminParts } from './parts.ts'

const LONGEST_TEXT = 500
const Word = text(LONGEST_TEXT).min(1)

const Question = z
  .strictObject({
    /** Sub or client id. */
    subject: Word,
    subject_type: z.enum(['user', 'client']).default('user'),
    permission: Word,
    /** Identifier of the API. */
    resource: Word,
    /** A thing of a type that the API declares; both or neither. */
    type: Word.exactOptional(),
    id: Word.exactOptional(),
  })
  .refine(({ type, id }) => (type === undefined) === (id === undefined), {
    path: ['type'],
    error: 'wanted type and id together',
  })

const Answer = z.object({
  allowed: z.boolean(),
  /** What gave it; if nothing did, what has the permission but does not count here. */
  reasons: z.array(
    z.object({
      /** `role`: an assignment; `own`: what the client is registered with; `admin`: the built-in role. */
      from: z.enum(['role', 'own', 'admin']),
      outcome: z.enum([
        'holds',
        'expired',
        'other_thing',
        'conditional',
        'condition_false',
        'condition_unknown',
      ]),
      /** Names, from the role that is assigned to the one that has the permission. */
      path: z.array(z.string()),
      assignment: z.record(z.string(), z.unknown()).optional(),
    }),
  ),
})

const shown = ({ from, outcome, path, assignment }: Reason) => ({
  from,
  outcome,
  path,
  ...(assignment ? { assignment: assignmentJson(path[0] ?? '', assignment) } : {}),
})

export const explainDecision = ({ gate, access }: AdminParts): Operation =>
  adminOperation(gate, {
    method: 'GET',
    path: '/admin/explain',
    summary:
      'Whether somebody may do something, and what gives or withholds it; properties are not known here',
    scope: 'roles:read',
    query: Question,
    body: noBody,
    success: { status: 200, description: 'The decision with its reasons', schema: Answer },
    problems: [],
    async handle({ query }): Promise<z.output<typeof Answer>> {
      const { subject, subject_type: kind, permission, resource, type, id } = query
      const thing = type === undefined || id === undefined ? undefined : { type, id }
      const directory = await access.directory()
      const { allowed, reasons } = await access.explain(
        { kind, id: subject },
        { permission, identifier: directory.resolve(resource), thing, properties: NOTHING },
      )
      return { allowed, reasons: reasons.map(shown) }
    },
  })

const NOTHING = { subject: {}, resource: {}, context: {} }
