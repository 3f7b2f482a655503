import type { Context } from 'koa'
import { z } from 'zod'
import { type Actor, actorName } from '../../domain/access/actor.ts'
import type { Audit } from '../../domain/ports.ts'
import type { Operation } from '../operation.ts'
import { Problem, type ProblemCode } from '../problem.ts'
import type { AdminBearer, AdminScope } from './admin-bearer.ts'
import type { Idempotency } from './idempotency.ts'
import { bodyInput, queryInput } from './input.ts'
import { ifMatch } from './precondition.ts'

/** The schema of a body where none is read. */
export const noBody = z.undefined()
/** The schema of a query without parameters. */
export const noQuery = z.strictObject({})

const isBodyless = (schema: z.ZodType): boolean => schema === noBody
const hasQuery = (schema: z.ZodType): boolean => schema !== noQuery

/** One call, with everything that it says, made sure of. */
export interface AdminCall<Path, Query, Body> {
  /** For the headers of the answer. */
  ctx: Context
  actor: Actor
  path: Path
  query: Query
  body: Body
  /** Entity tag that the caller knows, without quotes; undefined: whatever is there. */
  expected: string | undefined
}

/** One call below `/admin/`, as `Operation`. */
export interface AdminOperation<Path extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>
  extends Pick<Operation<Path>, 'method' | 'summary' | 'params' | 'success' | 'problems' | 'extensions'> {
  path: `/admin/${string}`
  /** What the caller must have. */
  scope: AdminScope
  /** Strict; `noQuery` for none. */
  query: Query
  /** Strict; `noBody` for none, or for one that `handle` reads itself. */
  body: Body
  /** Body and answer are a JSON document on each line, and `handle` reads the body itself; this is one of its lines. */
  line?: z.ZodType
  /** Whether `If-Match` is looked at; left out: it is not. */
  precondition?: 'required' | 'optional'
  /** Takes an `Idempotency-Key`. */
  isCreation?: boolean
  /** Resolves with the body of success; rejects with a Problem or a Refusal. */
  handle(call: AdminCall<z.output<Path>, z.output<Query>, z.output<Body>>): Promise<unknown>
}

/** What stands before every operation. */
export interface Gate {
  bearer: AdminBearer
  idempotency: Idempotency
  audit: Audit
}

/** What the gate may answer before an operation begins. */
const ofTheGate = ({
  query,
  precondition,
  isCreation,
}: Pick<
  AdminOperation<z.ZodType, z.ZodType, z.ZodType>,
  'query' | 'precondition' | 'isCreation'
>): ProblemCode[] => [
  'insufficient_scope',
  ...(hasQuery(query) || precondition || isCreation ? (['bad_request'] as const) : []),
  ...(precondition ? (['precondition_failed'] as const) : []),
  ...(precondition === 'required' ? (['precondition_required'] as const) : []),
  ...(isCreation ? (['request_in_progress', 'idempotency_key_reused'] as const) : []),
]

const IfMatch = z.string().describe('RFC 9110 §13.1.1: the entity tag that the change is based on, or `*`')
const IdempotencyKey = z
  .string()
  .min(1)
  .max(255)
  .describe('The same key and body again get the first answer again, for 24 hours')

const isEscalation = (error: unknown): boolean =>
  error instanceof Problem && error.code === 'beyond_own_permissions'

/** Puts the checks that every call below `/admin/` has before an operation. */
export const adminOperation = <Path extends z.ZodType, Query extends z.ZodType, Body extends z.ZodType>(
  gate: Gate,
  operation: AdminOperation<Path, Query, Body>,
): Operation<Path> => {
  const { method, path: pattern, scope, query, body, precondition, isCreation } = operation
  const name = `${method} ${pattern}`
  return {
    method,
    path: pattern,
    summary: operation.summary,
    ...(operation.params ? { params: operation.params } : {}),
    isEncoded: true,
    scope,
    query,
    headers: {
      ...(precondition ? { 'If-Match': { schema: IfMatch, required: precondition === 'required' } } : {}),
      ...(isCreation ? { 'Idempotency-Key': { schema: IdempotencyKey, required: false } } : {}),
    },
    body: operation.line ?? (isBodyless(body) ? undefined : body),
    ...(operation.line ? { isLines: true } : {}),
    needsToken: true,
    success: operation.success,
    problems: [...new Set([...ofTheGate(operation), ...operation.problems])],
    ...(operation.extensions ? { extensions: operation.extensions } : {}),
    async handle(ctx, path) {
      const actor = await gate.bearer(ctx, { scope, call: name })
      const asked = {
        query: queryInput(ctx, query),
        expected: precondition && ifMatch(ctx, precondition),
        body: isBodyless(body) ? body.parse(undefined) : await bodyInput(ctx, body),
      }
      const run = () =>
        operation.handle({ ctx, actor, path, ...asked }).catch((error: unknown) => {
          if (isEscalation(error))
            gate.audit({
              type: 'administration.refused',
              actor: actorName(actor),
              detail: { call: name, path: ctx.path, reason: 'beyond_own_permissions' },
            })
          throw error
        })
      if (!isCreation) return run()
      return gate.idempotency(
        ctx,
        { actor, call: `${method} ${ctx.path}`, input: [asked.query, asked.body] },
        run,
      )
    },
  }
}
