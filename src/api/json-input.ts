import type { Context } from 'koa'
import { z } from 'zod'
import { readBody } from '../http/input.ts'
import { Problem } from './problem.ts'

const utf8 = new TextDecoder('utf-8', { fatal: true })

const parse = (bytes: Buffer): unknown => {
  try {
    return JSON.parse(utf8.decode(bytes))
  } catch {
    throw new Problem('bad_request')
  }
}

/**
 * Reads a JSON body, whatever it says.
 *
 * @throws Problem `unsupported_media_type` or `bad_request`; the refusal `too_large`
 */
export const jsonBody = async (ctx: Context): Promise<unknown> => {
  if (!ctx.is('application/json') || !['', 'identity'].includes(ctx.get('content-encoding'))) {
    throw new Problem('unsupported_media_type')
  }
  return parse(await readBody(ctx))
}

/**
 * Reads a JSON body and believes it from here on; members that the schema does not name are dropped.
 *
 * @throws Problem `unsupported_media_type`, or `bad_request` for what is no JSON or has a member of a wrong type; the
 *   refusal `too_large`
 */
export const jsonInput = async <Schema extends z.ZodType>(
  ctx: Context,
  schema: Schema,
): Promise<z.output<Schema>> => {
  const parsed = schema.safeParse(await jsonBody(ctx))
  if (parsed.success) return parsed.data
  const fields = parsed.error.issues.map(({ path }) => path.join('.'))
  // Names only: a value may be a password.
  throw new Problem('bad_request', {
    errors: [...new Set(fields)].filter(Boolean).map((field) => ({ field, code: 'malformed' })),
  })
}

/** A text without NUL and lone surrogates, which no store and no mail can carry. */
export const text = (most: number) =>
  z
    .string()
    .max(most)
    .refine((value) => value.isWellFormed() && !value.includes('\0'))
