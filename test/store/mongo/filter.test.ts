import { describe, expect, it } from 'vitest'
import { anyOf, oneOf, range, UnsafeFilter, where } from '../../../src/store/mongo/filter.ts'
import { account } from '../../contract/open-for-test.ts'
import { scaleUrls, services } from '../../support/services/index.ts'
import { openForTest } from './database.ts'

/** What a program would make of a request that it has not looked at: typed as a string, and something else. */
const input = (json: string): { value: string } => JSON.parse(`{ "value": ${json} }`)

/** NoSQL injection: operators and other values that would ask something else than equality. */
const hostile = [
  '{ "$ne": null }',
  '{ "$gt": "" }',
  '{ "$regex": ".*" }',
  '{ "$where": "sleep(1000)" }',
  '["kim"]',
  'null',
]

it('says equality and ranges with operators of its own', () => {
  expect(where({ _id: 'kim', version: 2, disabled: false })).toEqual({
    _id: 'kim',
    version: 2,
    disabled: false,
  })
  expect(where({ at: range({ after: 1, from: 2, before: 3 }) })).toEqual({ at: { $gt: 1, $gte: 2, $lt: 3 } })
  expect(where({ role: oneOf(['$ne', 'b']) })).toEqual({ role: { $in: ['$ne', 'b'] } })
  expect(anyOf(where({ a: 1 }), where({ b: 2 }))).toEqual({ $or: [{ a: 1 }, { b: 2 }] })
})

it.each([...hostile, '{}'])('refuses %s in a filter, as a value, as a bound and in a list', (json) => {
  expect(() => where({ sub: input(json).value })).toThrow(UnsafeFilter)
  expect(() => range({ after: input(json).value })).toThrow(UnsafeFilter)
  expect(() => oneOf(['kim', input(json).value])).toThrow(UnsafeFilter)
})

it('refuses numbers that are none, and a value that is missing', () => {
  for (const value of [Number.NaN, Number.POSITIVE_INFINITY]) {
    expect(() => where({ version: value })).toThrow(UnsafeFilter)
  }
  const { absent } = JSON.parse('{}')
  expect(() => where({ sub: absent })).toThrow(UnsafeFilter)
})

it('takes a string that looks like an operator for what it is', () => {
  expect(where({ sub: '$ne' })).toEqual({ sub: '$ne' })
})

describe.skipIf(!services())('a store whose caller passes on what it was sent', () => {
  it.each(hostile)('finds, changes and removes nobody by %s', async (json) => {
    const { accounts, clients, consents, documents, audit, intents } = await openForTest(
      scaleUrls().MONGODB_URL,
    )
    await accounts.insert(account('kim'))
    const { value } = input(json)
    const calls = [
      () => accounts.find(value),
      () => accounts.findByEmailKey(value),
      () => accounts.replace({ ...account('x'), sub: value }),
      () => accounts.list({ after: value, limit: 1 }),
      () => accounts.holding({ roleIds: [value], limit: 1 }),
      () => accounts.holding({ roleIds: ['role-1'], after: value, limit: 1 }),
      () => accounts.remove(value),
      () => clients.find(value),
      () => clients.remove(value),
      () => documents.read(value),
      () => consents.list(value),
      () => consents.page({ after: { sub: value, clientId: value }, limit: 1 }),
      () => audit.list({ sub: value, limit: 1 }),
    ]
    const outcomes = await Promise.allSettled(calls.map((call) => call()))
    for (const outcome of outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { name: 'UnsafeFilter' } })
    }
    expect(await accounts.find('kim')).toEqual(account('kim'))
    expect((await intents()).accounts).toBeLessThanOrEqual(2)
  })
})
