import { status } from '@grpc/grpc-js'
import { z } from 'zod'
import { CallRefusal } from './call-refusal.ts'

/** In place of a message whose bytes are none. */
export const MALFORMED = Symbol('malformed')

/**
 * Believes a message from here on.
 *
 * @throws CallRefusal INVALID_ARGUMENT that names the fields, never their values
 */
export const input = <Schema extends z.ZodType>(schema: Schema, message: unknown): z.output<Schema> => {
  if (message === MALFORMED) throw new CallRefusal(status.INVALID_ARGUMENT, 'not a message of this method')
  const parsed = schema.safeParse(message)
  if (parsed.success) return parsed.data
  throw invalid(parsed.error.issues.map(({ path }) => path.join('.')))
}

/** @param fields such as `evaluations.3.resource` */
export const invalid = (fields: readonly string[]): CallRefusal =>
  new CallRefusal(status.INVALID_ARGUMENT, `missing or malformed: ${[...new Set(fields)].join(', ')}`)

/** A text without NUL, which no store can carry. */
export const text = (most: number) =>
  z
    .string()
    .min(1)
    .max(most)
    .refine((value) => value.isWellFormed() && !value.includes('\0'))
