import { beforeEach, expect, it } from 'vitest'
import { presentOrKnown } from '../../src/domain/present-or-known.ts'
import { type ErrorCode, refuse } from '../../src/errors.ts'
import { account } from '../contract/open-for-test.ts'

let now: number
/** What the store answers with, instead of an account. */
let fault: ErrorCode | undefined
let asked: string[]
let look: (sub: string) => Promise<string | undefined>

beforeEach(() => {
  now = 0
  fault = undefined
  asked = []
  const of = presentOrKnown({
    accounts: {
      async find(sub) {
        asked.push('memory')
        if (sub !== 'kim') throw refuse('store_unavailable')
        return account('kim', { name: 'as known' })
      },
      async present(sub) {
        asked.push('store')
        if (fault) throw refuse(fault)
        return sub === 'kim' ? account('kim', { name: 'as it is' }) : undefined
      },
    },
    now: () => now,
  })
  look = async (sub) => (await of(sub))?.name
})

it('asks the store and not memory', async () => {
  expect([await look('kim'), await look('lee')]).toEqual(['as it is', undefined])
  expect(asked).toEqual(['store', 'store'])
})

it('R-12 takes what memory holds while the store is away, and asks it once in a second', async () => {
  fault = 'store_unavailable'
  for (now of [0, 1, 999]) expect(await look('kim')).toBe('as known')
  expect(asked).toEqual(['store', 'memory', 'memory', 'memory'])
  now = 1000
  fault = undefined
  expect(await look('kim')).toBe('as it is')
})

it('refuses where neither knows', async () => {
  fault = 'store_unavailable'
  await expect(look('lee')).rejects.toMatchObject({ code: 'store_unavailable' })
})

it('does not take any other failure for a store that is away', async () => {
  fault = 'internal'
  await expect(look('kim')).rejects.toMatchObject({ code: 'internal' })
  expect(asked).toEqual(['store'])
})
