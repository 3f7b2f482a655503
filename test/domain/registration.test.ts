import { beforeEach, describe, expect, it } from 'vitest'
import {
  type RegistrationInput,
  type RegistrationParts,
  registration,
} from '../../src/domain/registration.ts'
import type { Register } from '../../src/pages/parts.ts'
import { parallel } from '../contract/open-for-test.ts'
import { type Arranged, arrange, GOOD_PASSWORD } from './arrange.ts'

let given: Arranged

beforeEach(async () => {
  given = await arrange()
})

const register = (input: Partial<RegistrationInput> = {}, parts: Partial<RegistrationParts> = {}) => {
  const work: Register = registration({ ...given, mode: 'open', defaultRoles: () => ['customer'], ...parts })
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

  it.each(['closed', 'verified'] as const)('makes no account in the mode %s', async (mode) => {
    expect(await register({}, { mode })).toEqual({ kind: 'closed' })
    expect(await accounts()).toEqual([])
  })

  it('is busy when the hasher is, and makes no account then', async () => {
    given = await arrange({ concurrency: 1, queue: 1 })
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
