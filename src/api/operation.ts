import type { Context } from 'koa'
import type { z } from 'zod'
import type { ProblemCode } from './problem.ts'

/** One call of the API: what it does, and what its documentation says of it. */
export interface Operation {
  method: 'GET' | 'POST'
  path: `/auth/${string}`
  summary: string
  /** Schema of the JSON body. */
  body: z.ZodType | undefined
  /** Whether an access token is wanted. */
  needsToken: boolean
  success: { status: number; description: string; schema?: z.ZodType }
  /** Problems of its own, beside those that any operation may have. */
  problems: readonly ProblemCode[]
  /** Resolves with the body of success; rejects with a Problem or a Refusal. */
  handle(ctx: Context): Promise<unknown>
}
