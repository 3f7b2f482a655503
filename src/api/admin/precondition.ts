import type { Context } from 'koa'
import { Problem } from '../problem.ts'

/** RFC 9110 §8.8.3: one entity tag. */
const ENTITY_TAG = /^(W\/)?"([\x21\x23-\x7e]*)"$/

/**
 * The entity tag that the caller knows (`If-Match`, RFC 9110 §13.1.1): one strong tag, or `*` for whatever is there.
 *
 * @param need `required`: without the header the answer is 428 (RFC 6585 §3)
 * @returns without quotes; undefined for `*`, and where none is needed
 * @throws Problem `precondition_required`; `precondition_failed` for a weak tag, which never matches; `bad_request`
 */
export const ifMatch = (ctx: Context, need: 'required' | 'optional'): string | undefined => {
  const header = ctx.get('if-match').trim()
  if (header === '') {
    if (need === 'required') throw new Problem('precondition_required')
    return undefined
  }
  if (header === '*') return undefined
  const [, weak, tag] = ENTITY_TAG.exec(header) ?? []
  if (tag === undefined)
    throw new Problem('bad_request', { errors: [{ field: 'If-Match', code: 'malformed' }] })
  if (weak !== undefined) throw new Problem('precondition_failed')
  return tag
}

/** @param etag strong, without quotes */
export const tagged = (ctx: Context, etag: string): void => ctx.set('ETag', `"${etag}"`)
