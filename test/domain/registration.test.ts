import { beforeEach, describe, expect, it } from 'vitest'
import {
  type RegistrationInput,
  type RegistrationParts,
  registration,
} from '../../src/domain/registration.ts'
import type { Register } from '../../src/pages/parts.ts'
import { parallel } from '../contract/open-for-test.ts'
import { GOOD_PASSWORD } from './arrange.ts'
import { type ArrangedProofs, arrangeProofs, ISSUER, letters, person, tokenIn } from './arrange-proofs.ts'

let given: ArrangedProofs

beforeEach(async () => {
  given = await arrangeProofs()
})

const register = (input: Partial<RegistrationInput> = {}, parts: Partial<RegistrationParts> = {}) => {
  const work: Register = registration({
    ...given,
    mode: 'open',
    pending: given.pendingRegistration,
    registered: () => undefined,
    ...parts,
  })
  return work({
    email: 'Kim@Example.com',
    password: GOOD_PASSWORD,
    name: undefined,
    locale: 'en',
    address: '192.0.2.1',
    ...input,
  })
}

const accounts = () => given.store.accounts.list({ limit: 100 })
const taken = { kind: 'faults', faults: [{ field: 'email', code: 'email_taken' }] }

describe('registration', () => {
  it('makes an unverified account with the default roles', async () => {
    const outcome = await register(
      { name: ' Kim Söderström-O’Neil, Jr. ' },
      { defaultRoles: async () => ['a', 'b'] },
    )
    expect(outcome).toEqual({ kind: 'ok', account: { sub: 'sub-1' } })
    expect(await accounts()).toMatchObject([
      {
        sub: 'sub-1',
        email: 'Kim@Example.com',
        emailKey: 'kim@example.com',
        emailVerified: false,
        name: 'Kim Söderström-O’Neil, Jr.',
        locale: 'en',
        roles: [{ roleId: 'a' }, { roleId: 'b' }],
      },
    ])
  })

  it('writes down that an account was made, by whom it is and from where', async () => {
    await register()
    expect(given.events).toEqual([{ type: 'account.registered', sub: 'sub-1', address: '192.0.2.1' }])
  })

  it('makes one account of one address in any spelling, however many try at once (X-31)', async () => {
    const spellings = ['Victim@X.com', 'victim@x.com ', 'ｖｉｃｔｉｍ@x.com', 'VICTIM@X.COM']
    const outcomes = await parallel(40, (n) => register({ email: spellings[n % 4] ?? '' }))
    expect(outcomes.filter(({ kind }) => kind === 'ok')).toHaveLength(1)
    expect(outcomes.filter(({ kind }) => kind === 'faults')).toEqual(Array(39).fill(taken))
    expect(await accounts()).toHaveLength(1)
  })

  it('says that an address is taken without a hash', async () => {
    await register()
    expect(await register()).toEqual(taken)
    expect(given.calls.hash).toBe(1)
  })

  it.each(['victim@x.com,evil@y', '"victim@x.com"@evil', 'kim@x.com\r\nBcc: evil@y', '', 'kim'])(
    'refuses the address %j (C-17, X-31)',
    async (email) => {
      expect(await register({ email })).toEqual({
        kind: 'faults',
        faults: [{ field: 'email', code: 'email_malformed' }],
      })
    },
  )

  it.each([
    ['a link', 'see http://evil.example', 'name_malformed'],
    ['a tag', '<b>Kim</b>', 'name_malformed'],
    ['a line break', 'Kim\r\nBcc: evil@y', 'name_malformed'],
    ['a turned direction', 'Kim \u202e mik', 'name_malformed'],
    ['a lone surrogate', 'Kim \ud800', 'name_malformed'],
    ['dots only', '...', 'name_malformed'],
    ['101 characters', 'k'.repeat(101), 'name_too_long'],
  ])('refuses a name with %s', async (_, name, code) => {
    expect(await register({ name })).toEqual({ kind: 'faults', faults: [{ field: 'name', code }] })
  })

  it.each(['Ким', '金 正', "Kim O'Neil", 'Anne-Marie St. John (Kim)', 'می\u200cخواهم', 'k'.repeat(100)])(
    'accepts the name %s',
    async (name) => {
      expect(await register({ name })).toMatchObject({ kind: 'ok' })
    },
  )

  it('takes a blank name for none', async () => {
    await register({ name: '  ' })
    expect((await accounts())[0]?.name).toBeUndefined()
  })

  it('names every field to correct at once, and hashes nothing', async () => {
    expect(await register({ email: 'kim', name: '<Kim>', password: 'short' })).toEqual({
      kind: 'faults',
      faults: [
        { field: 'email', code: 'email_malformed' },
        { field: 'name', code: 'name_malformed' },
        { field: 'password', code: 'too_short', values: { length: 5, min: 15 } },
      ],
    })
    expect(given.calls.hash).toBe(0)
  })

  it.each([
    ['the address', 'kim.smith-kim.smith', 'kim.smith'],
    ['the name', 'Söderström2026Söderström', 'Söderström'],
  ])('refuses a password that is made from %s (N-30)', async (_, password, word) => {
    const outcome = await register({ email: 'kim.smith@example.com', name: 'Kim Söderström', password })
    expect(outcome).toEqual({
      kind: 'faults',
      faults: [{ field: 'password', code: 'context', values: { word } }],
    })
  })

  it('counts attempts of an address prefix, good or bad, and reports the end once', async () => {
    await parallel(60, (n) => register(n % 2 ? { email: `kim${n}@example.com` } : { password: 'short' }))
    const outcomes = await parallel(3, () => register({ email: 'new@example.com' }))
    expect(outcomes).toEqual(Array(3).fill({ kind: 'limited', retryAfter: 3600 }))
    expect(given.events.filter(({ type }) => type === 'registration.limited')).toEqual([
      { type: 'registration.limited', address: '192.0.2.1' },
    ])
    expect(await register({ email: 'new@example.com', address: '192.0.2.2' })).toMatchObject({ kind: 'ok' })
  })

  it('makes no account where it is closed', async () => {
    expect(await register({}, { mode: 'closed' })).toEqual({ kind: 'closed' })
    expect(await accounts()).toEqual([])
  })

  it('tells of a new account, and of no other', async () => {
    const told: string[] = []
    const registered = ({ sub }: { sub: string }) => told.push(sub)
    await register({}, { registered })
    await register({}, { registered })
    expect(told).toEqual(['sub-1'])
  })

  it('is busy when the hasher is, and makes no account then', async () => {
    given = await arrangeProofs({ concurrency: 1, queue: 1 })
    const outcomes = await Promise.allSettled(
      Array.from({ length: 10 }, (_, n) => register({ email: `kim${n}@example.com` })),
    )
    const refused = outcomes.filter(({ status }) => status === 'rejected')
    expect(refused.length).toBeGreaterThan(0)
    expect(refused).toEqual(
      refused.map(() => ({ status: 'rejected', reason: expect.objectContaining({ code: 'busy' }) })),
    )
    expect(await accounts()).toHaveLength(10 - refused.length)
  })

  it('says nothing of a password in what it writes down', async () => {
    await register()
    await register({ password: 'short' })
    expect(JSON.stringify(given.events)).not.toMatch(/otters|short/)
  })
})

const invite = (input: Partial<RegistrationInput> = {}) => register(input, { mode: 'verified' })
const confirm = (token: string, password = GOOD_PASSWORD) =>
  given.pendingRegistration.confirm({ token, password, address: '192.0.2.1' })

describe('registration of proven addresses', () => {
  it('X-31 C-24 answers a new address and one with an account alike, at the same cost of one hash', async () => {
    await person(given)
    for (const email of [' ＫＩＭ@example.com', 'new@example.com']) {
      const before = given.calls.hash
      expect(await invite({ email })).toEqual({ kind: 'sent' })
      expect(given.calls.hash - before).toBe(1)
    }
    expect(await letters(given, 'already_registered')).toMatchObject([
      { to: 'Kim@Example.com', letter: { recoverLink: `${ISSUER}/recover` } },
    ])
    expect(await letters(given, 'register')).toMatchObject([{ to: 'new@example.com', locale: 'en' }])
    expect(await accounts()).toHaveLength(1)
  })

  it('makes the account when its address is proven, with all that was typed', async () => {
    await invite({ name: 'Kim' })
    const token = tokenIn((await letters(given, 'register'))[0])
    expect(await given.pendingRegistration.peek(token)).toEqual({ email: 'Kim@Example.com' })
    expect(await confirm(token)).toEqual({ kind: 'ok' })
    const [account] = await accounts()
    expect(account).toMatchObject({
      email: 'Kim@Example.com',
      emailVerified: true,
      name: 'Kim',
      locale: 'en',
      roles: [{ roleId: 'customer' }],
    })
    expect(await given.hasher.verify(account?.password ?? '', GOOD_PASSWORD)).toBe(true)
    expect(await confirm(token)).toEqual({ kind: 'invalid' })
  })

  it('C-15 gives it the password that comes with the proof: the one before may be of somebody else', async () => {
    await invite({ password: 'pewter kestrel at the ford' })
    const token = tokenIn((await letters(given, 'register'))[0])
    expect(await confirm(token, 'short')).toMatchObject({ kind: 'faults', faults: [{ code: 'too_short' }] })
    expect(await accounts()).toEqual([])
    expect(await confirm(token)).toEqual({ kind: 'ok' })
    const hash = (await accounts())[0]?.password ?? ''
    expect(await given.hasher.verify(hash, 'pewter kestrel at the ford')).toBe(false)
    expect(await given.hasher.verify(hash, GOOD_PASSWORD)).toBe(true)
  })

  it('X-31 makes one account of one address, however many letters are opened at once', async () => {
    for (let n = 0; n < 3; n++) await invite()
    const tokens = (await letters(given, 'register')).map(tokenIn)
    const outcomes = await Promise.all(tokens.map((token) => confirm(token)))
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['ok', 'taken', 'taken'])
    expect(await accounts()).toHaveLength(1)
  })

  it('keeps the password of nobody in the letter, and its hash alone in the store', async () => {
    await invite()
    const token = tokenIn((await letters(given, 'register'))[0])
    expect(JSON.stringify(given.mails)).not.toContain('otters')
    expect(JSON.stringify(await given.proofs.peek('PendingRegistration', token))).not.toContain('otters')
  })

  it('is limited for new and known addresses alike, before any hash', async () => {
    await person(given)
    for (const email of ['kim@example.com', 'new@example.com']) {
      const before = given.calls.hash
      const outcomes = await parallel(6, () => invite({ email }))
      expect(outcomes.filter(({ kind }) => kind === 'sent')).toHaveLength(5)
      expect(outcomes.filter(({ kind }) => kind === 'limited')).toEqual([
        { kind: 'limited', retryAfter: 3600 },
      ])
      expect(given.calls.hash - before).toBe(5)
    }
  })

  it('tells what is wrong with the fields at once, and sends nothing', async () => {
    expect(await invite({ email: 'kim', password: 'short' })).toMatchObject({
      kind: 'faults',
      faults: [{ code: 'email_malformed' }, { code: 'too_short' }],
    })
    await given.afterwards.settled()
    expect(given.mails).toEqual([])
  })

  it('ends with the day', async () => {
    await invite()
    const token = tokenIn((await letters(given, 'register'))[0])
    given.time.now += 24 * 3_600_000
    expect(await confirm(token)).toEqual({ kind: 'invalid' })
  })
})
