import type { Context } from 'koa'
import { z } from 'zod'
import { text } from '../json-input.ts'

const LONGEST_PAGE = 200
const USUAL_PAGE = 50
const LONGEST_CURSOR = 2000

const cursor = (key: string): string => Buffer.from(key).toString('base64url')

/** The key that a page begins after: what we wrote, and one spelling of it. */
const Cursor = text(LONGEST_CURSOR)
  .transform((written) => ({ written, key: Buffer.from(written, 'base64url').toString() }))
  .refine(({ written, key }) => cursor(key) === written && !key.includes('\0'), {
    error: 'wanted a cursor from a Link header',
  })
  .transform(({ key }) => key)

/** Parameters of every list; a call adds its own. */
export const PageQuery = z.strictObject({
  /** Items of a page. */
  limit: z
    .string()
    .regex(/^[1-9]\d{0,2}$/, { error: `wanted 1 to ${LONGEST_PAGE}` })
    .transform(Number)
    .refine((limit) => limit <= LONGEST_PAGE, { error: `wanted 1 to ${LONGEST_PAGE}` })
    .default(USUAL_PAGE),
  /** From the `Link` of the page before. */
  after: Cursor.exactOptional(),
})

export interface PageOptions<Item> {
  issuer: string
  limit: number
  /** What the next page begins after. */
  keyOf: (item: Item) => string
}

/**
 * Cuts a page and names the next one in `Link` (RFC 8288), with the parameters of this one.
 *
 * @param items one more than the limit, where there are more
 */
export const pageOf = <Item>(ctx: Context, items: readonly Item[], options: PageOptions<Item>): Item[] => {
  const { issuer, limit, keyOf } = options
  const page = items.slice(0, limit)
  const last = page.at(-1)
  if (last === undefined || items.length <= limit) return page
  const query = new URLSearchParams(ctx.querystring)
  query.set('after', cursor(keyOf(last)))
  ctx.set('Link', `<${issuer}${ctx.path}?${query}>; rel="next"`)
  return page
}

/** The same for a list that is in memory whole: in order of the keys. */
export const pageOfAll = <Item>(
  ctx: Context,
  all: readonly Item[],
  { after, ...options }: PageOptions<Item> & { after?: string | undefined },
): Item[] => {
  const { keyOf, limit } = options
  const rest = all
    .filter((item) => after === undefined || keyOf(item) > after)
    .toSorted((one, other) => (keyOf(one) < keyOf(other) ? -1 : 1))
  return pageOf(ctx, rest.slice(0, limit + 1), options)
}
