import type { Context } from 'koa'
import type { z } from 'zod'
import { type Fault, parsePart } from '../../domain/clients/faults.ts'
import { jsonBody } from '../json-input.ts'
import { type FieldFault, Problem } from '../problem.ts'

const fieldOf = ({ path }: Fault): string => path.map(String).join('.')

/** What is wrong with a body, member by member; no value is repeated, it may be a secret. */
export const fieldFaults = (faults: readonly Fault[], code: string): FieldFault[] =>
  faults.map((fault) => ({ field: fieldOf(fault), code, wanted: fault.wanted }))

/** @throws Problem `bad_request` that names every member and what is wanted instead */
const parsed = <Schema extends z.ZodType>(schema: Schema, value: unknown): z.output<Schema> => {
  const outcome = parsePart(schema, value)
  if (outcome.kind === 'parsed') return outcome.value
  throw new Problem('bad_request', { errors: fieldFaults(outcome.faults, 'malformed') })
}

/** A member of this name is never meant, and whoever copies it changes all objects. */
export const hasPrototype = (value: unknown): boolean =>
  typeof value === 'object' &&
  value !== null &&
  (Object.hasOwn(value, '__proto__') || Object.values(value).some(hasPrototype))

/**
 * Reads a JSON body. Schemas are strict, so that a member which cannot be set is refused and not passed over.
 *
 * @throws Problem `unsupported_media_type` or `bad_request`; the refusal `too_large`
 */
export const bodyInput = async <Schema extends z.ZodType>(
  ctx: Context,
  schema: Schema,
): Promise<z.output<Schema>> => {
  const value = await jsonBody(ctx)
  if (hasPrototype(value))
    throw new Problem('bad_request', { errors: [{ field: '__proto__', code: 'malformed' }] })
  return parsed(schema, value)
}

/** URLSearchParams would put U+FFFD for what is no UTF-8. */
const decoded = (text: string): string => {
  try {
    return decodeURIComponent(text.replaceAll('+', ' '))
  } catch {
    throw new Problem('bad_request')
  }
}

/**
 * The parameters of the query, each once.
 *
 * @throws Problem `bad_request` also for one that is not known
 */
export const queryInput = <Schema extends z.ZodType>(ctx: Context, schema: Schema): z.output<Schema> => {
  const pairs = ctx.querystring
    .split('&')
    .filter(Boolean)
    .map((pair) => {
      const [name = '', ...value] = pair.split('=')
      return [decoded(name), decoded(value.join('='))] as const
    })
  const values = new Map(pairs)
  if (values.size < pairs.length || values.has('__proto__')) throw new Problem('bad_request')
  return parsed(schema, Object.fromEntries(values))
}
