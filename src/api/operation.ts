import type { Context } from 'koa'
import type { z } from 'zod'
import type { ProblemCode } from './problem.ts'

export interface Success {
  status: number
  description: string
  /** Of the JSON body; none without it. */
  schema?: z.ZodType
  headers?: readonly ('ETag' | 'Link' | 'Location')[]
}

/** One call of the API: what it does, and what its documentation says of it. */
export interface Operation<Path extends z.ZodType = z.ZodType> {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE'
  /** A segment `{name}` is a parameter. */
  path: `/${'auth' | 'admin' | 'access'}/${string}`
  summary: string
  /** Schema of the parameters of the path, all texts; what it refuses is `not_found`. */
  params?: Path
  /** Values of the parameters of the path are texts of any kind, percent-encoded; else they are base64url. */
  isEncoded?: boolean
  /** What the token must have (RFC 6749 §3.3). */
  scope?: string
  /** Schema of the parameters of the query. */
  query?: z.ZodType
  /** Headers of the request that mean something here. */
  headers?: Readonly<Record<string, { schema: z.ZodType; required: boolean }>>
  /** Schema of the JSON body. */
  body: z.ZodType | undefined
  /** Body and answer are not one JSON document, but one on each line; the schemas are those of a line. */
  isLines?: boolean
  /** Whether an access token is wanted; `optional`: a bad one is refused, none is not. */
  needsToken: boolean | 'optional'
  /** The first is answered where `handle` sets no `ctx.status`. */
  success: Success | readonly [Success, ...Success[]]
  /** Problems of its own, beside those that any operation may have. */
  problems: readonly ProblemCode[]
  /** Members that a problem brings beside the standard ones (RFC 9457 §3.2). */
  extensions?: Partial<Record<ProblemCode, z.ZodObject>>
  /**
   * Resolves with the body of success; rejects with a Problem or a Refusal.
   *
   * @param path what the schema `params` made of the parameters
   */
  handle(ctx: Context, path: z.output<Path>): Promise<unknown>
}

/** All successes of an operation, the usual one first. */
export const successesOf = ({ success }: Pick<Operation, 'success'>): readonly [Success, ...Success[]] =>
  'status' in success ? [success] : success
