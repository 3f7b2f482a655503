import { beforeEach, describe, expect, it } from 'vitest'
import { addressPrefix } from '../../src/domain/address-prefix.ts'
import { type LimitSettings, type Limits, limits, type Place } from '../../src/domain/limits.ts'
import { parallel, START } from '../contract/open-for-test.ts'
import { openTestStore } from '../store/sqlite/data-dir.ts'

const MINUTE = 60_000

const settings: LimitSettings = {
  signInAccountPrefix: 20,
  signInAccount: 100,
  signInPrefix: 300,
  registrationPrefix: 60,
  codeAccount: 5,
  mailAccount: 5,
  mailPrefix: 60,
}

const time = { now: START }
let limit: Limits

const start = async (changes: Partial<LimitSettings> = {}) => {
  time.now = START
  const { counters } = await openTestStore({ now: () => time.now })
  limit = limits({ counters, now: () => time.now, settings: { ...settings, ...changes } })
}

beforeEach(() => start())

/** What a wrong password leaves behind: a place taken for the whole window. */
const fail = async (account: string, address: string): Promise<'reserved' | 'limited'> => {
  const place = await limit.signIn({ account, address })
  if (place.kind === 'limited') return 'limited'
  return (await place.share()) ? 'limited' : 'reserved'
}

const reserve = async (account: string, address: string): Promise<Place> => {
  const place = await limit.signIn({ account, address })
  if (place.kind === 'limited' || (await place.share())) throw new Error('limited')
  return place
}

const count = (kinds: readonly string[], kind: string): number => kinds.filter((one) => one === kind).length

describe('the limits of sign-in', () => {
  it('let 20 of 300 parallel attempts on one account from one prefix through (C-20, X-26)', async () => {
    const kinds = await parallel(300, () => fail('kim@x', '192.0.2.1'))
    expect(count(kinds, 'reserved')).toBe(20)
    expect(await fail('kim@x', '192.0.2.1')).toBe('limited')
  })

  it('let 100 of 300 parallel attempts on one account from many prefixes through', async () => {
    const kinds = await parallel(300, (n) => fail('kim@x', `192.0.2.${n}`))
    expect(count(kinds, 'reserved')).toBe(100)
  })

  it('let 300 of 500 parallel attempts from one prefix on many accounts through', async () => {
    const kinds = await parallel(500, (n) => fail(`person-${n}@x`, '192.0.2.1'))
    expect(count(kinds, 'reserved')).toBe(300)
  })

  it('do not lock the owner out elsewhere, however often one prefix tries (N-31)', async () => {
    await parallel(500, () => fail('kim@x', '192.0.2.1'))
    expect(await fail('kim@x', '198.51.100.1')).toBe('reserved')
  })

  it('do not lock a prefix out, however often one account is tried from it', async () => {
    await parallel(500, () => fail('kim@x', '192.0.2.1'))
    expect(await fail('lee@x', '192.0.2.1')).toBe('reserved')
  })

  it('do not lock a prefix out for attempts on accounts that are locked', async () => {
    await start({ signInAccount: 1, signInPrefix: 3 })
    await fail('kim@x', '198.51.100.1')
    expect(await parallel(10, () => fail('kim@x', '192.0.2.1'))).toEqual(Array(10).fill('limited'))
    const kinds = await parallel(10, (n) => fail(`person-${n}@x`, '192.0.2.1'))
    expect(count(kinds, 'reserved')).toBe(3)
  })

  it('say how long to wait, and open when the window ends', async () => {
    await parallel(20, () => fail('kim@x', '192.0.2.1'))
    time.now += 5 * MINUTE
    expect(await limit.signIn({ account: 'kim@x', address: '192.0.2.1' })).toMatchObject({
      kind: 'limited',
      retryAfter: 600,
    })
    time.now += 10 * MINUTE
    expect(await fail('kim@x', '192.0.2.1')).toBe('reserved')
  })

  it('mark one refusal of a window as the first', async () => {
    await parallel(20, () => fail('kim@x', '192.0.2.1'))
    const refused = await parallel(30, () => limit.signIn({ account: 'kim@x', address: '192.0.2.1' }))
    expect(refused.filter((one) => one.kind === 'limited' && one.isFirst)).toHaveLength(1)
    time.now += 15 * MINUTE
    await parallel(20, () => fail('kim@x', '192.0.2.1'))
    expect(await limit.signIn({ account: 'kim@x', address: '192.0.2.1' })).toMatchObject({ isFirst: true })
  })

  it('forget the failures of an account from a prefix when it succeeds there', async () => {
    await parallel(19, () => fail('kim@x', '192.0.2.1'))
    await (await reserve('kim@x', '192.0.2.1')).succeeded()
    expect(count(await parallel(30, () => fail('kim@x', '192.0.2.1')), 'reserved')).toBe(20)
  })

  it('keep the failures of other prefixes and accounts when one succeeds', async () => {
    for (const prefix of [1, 2, 3, 4]) await parallel(20, () => fail('kim@x', `192.0.2.${prefix}`))
    await (await reserve('kim@x', '198.51.100.1')).succeeded()
    expect(await fail('kim@x', '192.0.2.1')).toBe('limited')
    // 80 of the account's 100 are used up by failures, none by the success.
    expect(count(await parallel(60, (n) => fail('kim@x', `203.0.113.${n}`)), 'reserved')).toBe(20)
  })

  it('count no success: 1000 people behind one address sign in', async () => {
    for (let round = 0; round < 4; round += 1) {
      const places = await parallel(250, (n) => reserve(`person-${n}@x`, '192.0.2.1'))
      await Promise.all(places.map((place) => place.succeeded()))
    }
    expect(await fail('kim@x', '192.0.2.1')).toBe('reserved')
  })

  it('count nothing that was given back, once', async () => {
    const [place] = await Promise.all([
      reserve('kim@x', '192.0.2.1'),
      parallel(19, () => fail('kim@x', '192.0.2.1')),
    ])
    expect(await fail('kim@x', '192.0.2.1')).toBe('limited')
    await parallel(5, () => place.giveBack())
    const kinds = await parallel(5, () => fail('lee@x', '192.0.2.1'))
    expect(count(kinds, 'reserved')).toBe(5)
    expect(count(await parallel(300, (n) => fail(`${n}@x`, '192.0.2.1')), 'reserved')).toBe(300 - 19 - 5)
  })

  it('take nothing back from a window that began later', async () => {
    const old = await reserve('kim@x', '192.0.2.1')
    time.now += 15 * MINUTE
    await parallel(20, () => fail('kim@x', '192.0.2.1'))
    await old.giveBack()
    expect(await fail('kim@x', '192.0.2.1')).toBe('limited')
  })

  it.each([
    ['one /64', '2001:db8:1:2::1', '2001:db8:1:2:ffff:ffff:ffff:ffff'],
    ['spellings of IPv6', '2001:DB8:0001:2::', '2001:db8:1:2::7%eth0'],
    ['an address and its IPv6 form', '192.0.2.1', '::ffff:192.0.2.1'],
    ['that form in hexadecimal', '192.0.2.1', '0:0:0:0:0:FFFF:C000:201'],
    ['everything that is no address', 'a', '192.0.2.1, 198.51.100.7'],
  ])('see %s as one prefix (C-22, C-23)', async (_, one, other) => {
    await parallel(20, () => fail('kim@x', one))
    expect(await fail('kim@x', other)).toBe('limited')
  })

  it.each([
    ['192.0.2.1', '192.0.2.2'],
    ['2001:db8:1:2::1', '2001:db8:1:3::1'],
    ['::1', '127.0.0.1'],
  ])('keep %s and %s apart', (one, other) => {
    expect(addressPrefix(one)).not.toBe(addressPrefix(other))
  })
})

describe('the limit of registration', () => {
  it('lets 60 of 200 parallel attempts of a prefix through in an hour', async () => {
    const kinds = (await parallel(200, () => limit.registration('192.0.2.1'))).map(({ kind }) => kind)
    expect(count(kinds, 'allowed')).toBe(60)
    expect(await limit.registration('192.0.2.2')).toEqual({ kind: 'allowed' })
    time.now += 59 * MINUTE
    expect(await limit.registration('192.0.2.1')).toMatchObject({ kind: 'limited', retryAfter: 60 })
    time.now += MINUTE
    expect(await limit.registration('192.0.2.1')).toEqual({ kind: 'allowed' })
  })
})

it('lets nobody through while the store is away (R-03)', async () => {
  const store = await openTestStore()
  await store.close()
  const closed = limits({ counters: store.counters, now: Date.now, settings })
  await expect(closed.signIn({ account: 'kim@x', address: '192.0.2.1' })).rejects.toMatchObject({
    code: 'store_unavailable',
  })
  await expect(closed.registration('192.0.2.1')).rejects.toMatchObject({ code: 'store_unavailable' })
})
