import { beforeEach, describe, expect, it } from 'vitest'
import type { Account, Factors } from '../../src/domain/ports.ts'
import { removedAt } from '../../src/domain/removed-clients.ts'
import { HOUR, parallel, START } from '../contract/open-for-test.ts'
import { type Arranged, arrange, GOOD_PASSWORD } from './arrange.ts'

const DAY = 24 * HOUR

let given: Arranged

beforeEach(async () => {
  given = await arrange()
})

const created = async (emailVerified = true, email = 'kim@example.com'): Promise<Account> => {
  const outcome = await given.accounts.create({
    email,
    emailKey: email,
    password: GOOD_PASSWORD,
    emailVerified,
    roleIds: [],
  })
  if (outcome.kind !== 'created') throw new Error(outcome.kind)
  return outcome.account
}

const stored = async (sub: string): Promise<Account> => {
  const account = await given.store.accounts.find(sub)
  if (!account) throw new Error('no such account')
  return account
}

const withCodes = (count: number): Factors => ({
  totp: undefined,
  recoveryCodes: {
    madeAt: START,
    left: Array.from({ length: count }, (_, n) => ({ mark: String(n), hash: `hash ${n}` })),
  },
  passkeys: [],
})

describe('profile and address', () => {
  it('sets and drops the name and the language', async () => {
    const { sub } = await created()
    await given.accounts.setName(sub, 'Kim Kimura')
    await given.accounts.setLocale(sub, 'ru')
    expect(await stored(sub)).toMatchObject({ name: 'Kim Kimura', locale: 'ru' })
    await given.accounts.setName(sub, undefined)
    expect((await stored(sub)).name).toBeUndefined()
  })

  it('takes a proven address and frees the former one', async () => {
    const { sub } = await created(false)
    const next = { email: 'New@example.com', emailKey: 'new@example.com' }
    expect(await given.accounts.changeEmail(sub, next)).toBe('changed')
    expect(await stored(sub)).toMatchObject({ ...next, emailVerified: true })
    expect(await given.accounts.findByEmail('kim@example.com')).toBeUndefined()
  })

  it('gives an address that two accounts want at once to one of them', async () => {
    const [kim, lee] = [await created(), await created(true, 'lee@example.com')]
    const next = { email: 'new@example.com', emailKey: 'new@example.com' }
    const outcomes = await Promise.all([
      given.accounts.changeEmail(kim.sub, next),
      given.accounts.changeEmail(lee.sub, next),
    ])
    expect(outcomes.toSorted()).toEqual(['changed', 'taken'])
  })

  it('notes when a password was set', async () => {
    const { sub, passwordChangedAt } = await created()
    expect(passwordChangedAt).toBeUndefined()
    given.time.now += 5000
    expect(await given.accounts.setPassword(sub, 'nine loud beavers')).toMatchObject({
      passwordChangedAt: START + 5000,
      validAfter: START + 5000,
    })
  })
})

describe('an address that is proven', () => {
  it('stays proven, and its account as it was', async () => {
    const account = await created(false)
    expect(await given.accounts.verifyEmail(account.sub)).toEqual({
      ...account,
      emailVerified: true,
      version: 2,
    })
  })

  it('C-15 leaves nothing of who registered it first: password, factors, sessions, deletion', async () => {
    const { sub } = await created(false)
    await given.accounts.changeFactors(sub, () => withCodes(2))
    await given.accounts.scheduleDeletion(sub, { due: START + DAY, clientIds: [] })
    given.time.now += 5000
    await given.accounts.claim(sub, { passwordHash: undefined })
    expect(await stored(sub)).toMatchObject({
      emailVerified: true,
      password: undefined,
      factors: { totp: undefined, recoveryCodes: undefined, passkeys: [] },
      validAfter: START + 5000,
      deletion: undefined,
    })
  })

  it('C-15 gets the password of its owner', async () => {
    const { sub } = await created(false)
    const passwordHash = await given.hasher.hash('nine loud beavers')
    await given.accounts.claim(sub, { passwordHash })
    expect((await stored(sub)).password).toBe(passwordHash)
  })

  it('is not claimed once more', async () => {
    const account = await created(true)
    expect(await given.accounts.claim(account.sub, { passwordHash: undefined })).toBeUndefined()
    expect(await stored(account.sub)).toEqual(account)
  })

  it('is claimed by one of many at once', async () => {
    const { sub } = await created(false)
    const outcomes = await parallel(20, (n) => given.accounts.claim(sub, { passwordHash: `hash ${n}` }))
    const [winner, ...others] = outcomes.filter((outcome) => outcome !== undefined)
    expect(others).toEqual([])
    expect(await stored(sub)).toEqual(winner)
  })
})

describe('factors', () => {
  it('change by what they are, and are no change of the profile', async () => {
    const { sub, updatedAt } = await created()
    given.time.now += 5000
    const changed = await given.accounts.changeFactors(sub, () => withCodes(1))
    expect(changed).toMatchObject({ factors: withCodes(1), updatedAt })
    expect(await stored(sub)).toEqual(changed)
  })

  it('stay as they are if there is nothing to change', async () => {
    const account = await created()
    expect(await given.accounts.changeFactors(account.sub, () => undefined)).toBeUndefined()
    expect(await stored(account.sub)).toEqual(account)
  })

  it('let one of twenty parallel redeemers have a recovery code', async () => {
    const { sub } = await created()
    await given.accounts.changeFactors(sub, () => withCodes(10))
    const outcomes = await parallel(20, () =>
      given.accounts.changeFactors(sub, ({ recoveryCodes, ...rest }) => {
        const left = recoveryCodes?.left.filter(({ mark }) => mark !== '3') ?? []
        if (!recoveryCodes || left.length === recoveryCodes.left.length) return undefined
        return { ...rest, recoveryCodes: { ...recoveryCodes, left } }
      }),
    )
    expect(outcomes.filter((outcome) => outcome !== undefined)).toHaveLength(1)
    expect((await stored(sub)).factors.recoveryCodes?.left).toHaveLength(9)
  })
})

describe('removed clients', () => {
  it('are remembered by their last removal, whatever they are called', async () => {
    const { sub } = await created()
    await given.accounts.removeClient(sub, 'shop')
    given.time.now += 5000
    for (const id of ['a.b$c', '__proto__', 'shop']) await given.accounts.removeClient(sub, id)
    const account = await stored(sub)
    for (const id of ['a.b$c', '__proto__', 'shop']) expect(removedAt(account, id)).toBe(START + 5000)
    expect(account.clientsValidAfter).toHaveLength(3)
    expect(removedAt(account, 'other')).toBeUndefined()
  })

  it('are forgotten when no grant can be left of the time before', async () => {
    const { sub } = await created()
    await given.accounts.removeClient(sub, 'old')
    given.time.now += 399 * DAY
    await given.accounts.removeClient(sub, 'late')
    given.time.now += DAY
    await given.accounts.removeClient(sub, 'new')
    expect((await stored(sub)).clientsValidAfter.map(({ clientId }) => clientId)).toEqual(['late', 'new'])
  })

  it('are all remembered when they are removed at once', async () => {
    const { sub } = await created()
    await parallel(20, (n) => given.accounts.removeClient(sub, `client-${n}`))
    expect((await stored(sub)).clientsValidAfter).toHaveLength(20)
  })

  it('never fill an account', async () => {
    const { sub } = await created()
    const before = await stored(sub)
    const many = Array.from({ length: 1000 }, (_, n) => ({ clientId: `client-${n}`, at: START }))
    await given.store.accounts.replace({ ...before, clientsValidAfter: many })
    const after = await given.accounts.removeClient(sub, 'last')
    expect(after?.clientsValidAfter).toHaveLength(1000)
    expect(after?.clientsValidAfter.at(-1)).toEqual({ clientId: 'last', at: START })
    expect(removedAt(await stored(sub), 'client-0')).toBeUndefined()
  })
})

describe('a deletion', () => {
  const asked = { due: START + 30 * DAY, clientIds: ['shop'] }

  it('ends every session when it is asked for, and is asked for once', async () => {
    const { sub } = await created()
    given.time.now += 5000
    const outcomes = await parallel(5, (n) =>
      given.accounts.scheduleDeletion(sub, { ...asked, clientIds: [`shop-${n}`] }),
    )
    const [first, ...others] = outcomes.filter((outcome) => outcome !== undefined)
    expect(others).toEqual([])
    expect(first).toMatchObject({ validAfter: START + 5000, deletion: { due: asked.due } })
    expect(await stored(sub)).toEqual(first)
  })

  it('is taken back until its time has come', async () => {
    const { sub } = await created()
    await given.accounts.scheduleDeletion(sub, asked)
    given.time.now = asked.due - 1
    expect(await given.accounts.cancelDeletion(sub)).toMatchObject({ deletion: undefined })
    await given.accounts.scheduleDeletion(sub, asked)
    given.time.now = asked.due
    expect(await given.accounts.cancelDeletion(sub)).toBeUndefined()
    expect((await stored(sub)).deletion).toEqual(asked)
  })

  it('does not begin before its time, nor where none was asked for', async () => {
    const { sub } = await created()
    expect(await given.accounts.beginDeletion(sub)).toBeUndefined()
    await given.accounts.scheduleDeletion(sub, asked)
    given.time.now = asked.due - 1
    expect(await given.accounts.beginDeletion(sub)).toBeUndefined()
  })

  it('is not taken back once it has begun, whatever the clock of another process says', async () => {
    const { sub } = await created()
    await given.accounts.scheduleDeletion(sub, asked)
    given.time.now = asked.due
    expect(await given.accounts.beginDeletion(sub)).toMatchObject({ deletion: { clientIds: ['shop'] } })
    given.time.now = START
    expect(await given.accounts.cancelDeletion(sub)).toBeUndefined()
    expect(await given.accounts.claim(sub, { passwordHash: undefined })).toBeUndefined()
    // A sweep that crashed goes on later.
    expect(await given.accounts.beginDeletion(sub)).toBeDefined()
    expect(await given.store.accounts.due({ before: given.time.now, limit: 9 })).toHaveLength(1)
  })
})

it('nobody is changed where nobody is', async () => {
  const { accounts } = given
  const address = { email: 'a@example.com', emailKey: 'a@example.com' }
  const outcomes = await Promise.all([
    accounts.setName('nobody', 'Name'),
    accounts.setLocale('nobody', 'en'),
    accounts.changeEmail('nobody', address),
    accounts.verifyEmail('nobody'),
    accounts.claim('nobody', { passwordHash: undefined }),
    accounts.changeFactors('nobody', () => withCodes(1)),
    accounts.removeClient('nobody', 'shop'),
    accounts.endEverything('nobody'),
    accounts.scheduleDeletion('nobody', { due: START, clientIds: [] }),
    accounts.cancelDeletion('nobody'),
    accounts.beginDeletion('nobody'),
  ])
  expect(outcomes.filter((outcome) => outcome !== undefined)).toEqual([])
})
