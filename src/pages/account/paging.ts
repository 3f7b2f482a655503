import type { Context } from 'koa'
import { refuse } from '../../errors.ts'

/** Items of a list on one page of the console. */
const ON_A_PAGE = 50

export interface Paged<Item> {
  shown: Item[]
  isFirst: boolean
  /** Address of the next page; undefined on the last one. */
  nextPath: string | undefined
}

/**
 * The part of a list that `?page=` asks for.
 *
 * @param path of the page itself
 * @throws Refusal `bad_request` for anything but a number
 */
export const paged = <Item>(ctx: Context, path: string, all: readonly Item[]): Paged<Item> => {
  const number = numberOf(ctx)
  return {
    shown: all.slice((number - 1) * ON_A_PAGE, number * ON_A_PAGE),
    isFirst: number === 1,
    nextPath: all.length > number * ON_A_PAGE ? `${path}?page=${number + 1}` : undefined,
  }
}

const numberOf = ({ query: { page } }: Context): number => {
  if (page === undefined) return 1
  if (typeof page !== 'string' || !/^[1-9]\d{0,3}$/.test(page)) throw refuse('bad_request')
  return Number(page)
}
