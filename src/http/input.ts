import type { Context } from 'koa'
import type { z } from 'zod'
import { refuse } from '../errors.ts'

/** Bytes of a request body (design §7). */
export const BODY_LIMIT = 56 * 1024

/** The fields of a form, each given once. Names are data: the object has no prototype. */
export type Fields = Readonly<Record<string, string>>

/**
 * The whole body of a request.
 *
 * @param limit bytes
 * @throws Refusal `too_large`
 */
export const readBody = async (ctx: Context, limit = BODY_LIMIT): Promise<Buffer> => {
  if (Number(ctx.get('content-length')) > limit) throw refuse('too_large')
  const chunks: Buffer[] = []
  let size = 0
  // The stream must outlive a refusal: destroying it would close the socket before the answer.
  for await (const chunk of ctx.req.iterator({ destroyOnReturn: false })) {
    size += chunk.length
    if (size > limit) throw refuse('too_large')
    chunks.push(chunk)
  }
  return Buffer.concat(chunks)
}

const utf8 = new TextDecoder('utf-8', { fatal: true, ignoreBOM: true })

// URL standard §5.1, but bytes that are not UTF-8 are refused, not replaced: two passwords must never become one.
const decode = (encoded: string): string => {
  const bytes = encoded
    .replaceAll('+', ' ')
    .replace(/%([0-9a-f]{2})/gi, (_, hex: string) => String.fromCharCode(Number.parseInt(hex, 16)))
  const text = utf8.decode(Buffer.from(bytes, 'latin1'))
  if (text.includes('\0')) throw new TypeError('NUL in a form')
  return text
}

const fieldsOf = (body: Buffer): Fields => {
  const fields: Record<string, string> = Object.create(null)
  for (const pair of body.toString('latin1').split('&').filter(Boolean)) {
    const cut = pair.indexOf('=')
    const name = decode(cut < 0 ? pair : pair.slice(0, cut))
    if (name in fields) throw new TypeError('A field is given twice')
    fields[name] = cut < 0 ? '' : decode(pair.slice(cut + 1))
  }
  return fields
}

/**
 * Reads the body of a form, `application/x-www-form-urlencoded` only, at most {@link BODY_LIMIT} bytes. There is no
 * nesting: `login[$ne]` is a field of that name, which nobody asks for.
 *
 * @throws Refusal `unsupported_media_type`, `too_large`, or `bad_request` for a repeated field, NUL or broken UTF-8
 */
export const formFields = async (ctx: Context): Promise<Fields> => {
  if (!ctx.is('urlencoded') || !['', 'identity'].includes(ctx.get('content-encoding'))) {
    throw refuse('unsupported_media_type')
  }
  const body = await readBody(ctx)
  try {
    return fieldsOf(body)
  } catch (cause) {
    throw refuse('bad_request', { cause })
  }
}

/**
 * Believes fields from here on.
 *
 * @throws Refusal `bad_request` if a field is missing or not as the schema wants it
 */
export const parseFields = <S extends z.ZodType>(fields: Fields, schema: S): z.output<S> => {
  const parsed = schema.safeParse(fields)
  if (parsed.success) return parsed.data
  // Names only: a value may be a password.
  throw refuse('bad_request', { cause: parsed.error.issues.map(({ path, code }) => ({ path, code })) })
}

/** Reads and checks the body of a form in one step; throws as {@link formFields} and {@link parseFields} do. */
export const input = async <S extends z.ZodType>(ctx: Context, schema: S): Promise<z.output<S>> =>
  parseFields(await formFields(ctx), schema)
