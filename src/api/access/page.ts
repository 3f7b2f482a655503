import { createHash } from 'node:crypto'
import { z } from 'zod'
import type { FoundPage, PageOptions } from '../../domain/access/search.ts'
import { Problem } from '../problem.ts'

const LONGEST_PAGE = 100
const LONGEST_TOKEN = 4096

/** AuthZEN Authorization API 1.0 §8.2.1. */
export const PageInput = z.object({
  /** The `next_token` of the page before. */
  token: z.string().max(LONGEST_TOKEN).default(''),
  limit: z.int().min(0).exactOptional(),
})
type PageInput = z.output<typeof PageInput>

/** AuthZEN Authorization API 1.0 §8.2.2. */
export const PageOutput = z.object({ next_token: z.string(), count: z.int() })

const Token = z.object({ after: z.string(), limit: z.int().min(0).max(LONGEST_PAGE), of: z.string() })

/** One page of a search. */
export interface Paging {
  options: PageOptions
  /** The member `page` of the answer. */
  told(page: FoundPage): z.output<typeof PageOutput>
}

/**
 * Reads where a page begins. A token belongs to the search that it comes from, to its limit as well.
 *
 * @param asked what is searched, without the page
 * @throws Problem `bad_request` for a token of another search
 */
export const paging = (page: PageInput | undefined, asked: object): Paging => {
  const of = createHash('sha256').update(canonical(asked)).digest('base64url')
  const options = begin(page, of)
  return {
    options,
    told: ({ found, next }) => ({
      next_token: next === undefined ? '' : encoded({ after: next, limit: options.limit, of }),
      count: found.length,
    }),
  }
}

const begin = ({ token, limit: wanted }: PageInput = { token: '' }, of: string): PageOptions => {
  const limit = wanted === undefined ? undefined : Math.min(wanted, LONGEST_PAGE)
  if (token === '') return { after: '', limit: limit ?? LONGEST_PAGE }
  const from = decoded(token)
  if (from?.of !== of || (limit !== undefined && limit !== from.limit))
    throw new Problem('bad_request', { errors: [{ field: 'page.token', code: 'malformed' }] })
  return { after: from.after, limit: from.limit }
}

const encoded = (token: z.output<typeof Token>): string =>
  Buffer.from(JSON.stringify(token)).toString('base64url')

const decoded = (token: string): z.output<typeof Token> | undefined => {
  try {
    return Token.parse(JSON.parse(Buffer.from(token, 'base64url').toString()))
  } catch {
    return undefined
  }
}

/** The same text for the same members, in whatever order they came. */
const canonical = (asked: object): string =>
  JSON.stringify(asked, (_, value: unknown) =>
    typeof value === 'object' && value !== null && !Array.isArray(value)
      ? Object.entries(value).toSorted(([one], [other]) => (one < other ? -1 : 1))
      : value,
  )
