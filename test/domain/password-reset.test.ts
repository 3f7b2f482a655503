import { beforeEach, describe, expect, it } from 'vitest'
import type { Account } from '../../src/domain/ports.ts'
import { parallel } from '../contract/open-for-test.ts'
import { GOOD_PASSWORD } from './arrange.ts'
import {
  ADDRESS,
  type ArrangedProofs,
  arrangeProofs,
  ISSUER,
  letters,
  oneBitOff,
  person,
  tokenIn,
} from './arrange-proofs.ts'

const NEXT = 'violet harbour at nightfall'
let given: ArrangedProofs
let kim: Account

beforeEach(async () => {
  given = await arrangeProofs()
  kim = await person(given)
  given.time.now += 60_000
})

const request = (email = 'kim@example.com', address = ADDRESS) =>
  given.passwordReset.request({ email, address, locale: 'en' })
const token = async (): Promise<string> => {
  await request()
  return tokenIn((await letters(given, 'reset')).at(-1))
}
const confirm = (token: string, password = NEXT, email?: string) =>
  given.passwordReset.confirm({ token, password, address: ADDRESS, email })
const stored = async (): Promise<Account> => {
  const account = await given.store.accounts.find(kim.sub)
  if (!account) throw new Error('no such account')
  return account
}
const isPassword = async (password: string): Promise<boolean> =>
  given.hasher.verify((await stored()).password ?? '', password)

describe('asking for a new password', () => {
  it('C-17 sends one letter to the stored address, in the language of the account', async () => {
    expect(await request(' ＫＩＭ@example.com ')).toEqual({ kind: 'ok' })
    const [letter, ...more] = await letters(given, 'reset')
    expect(more).toEqual([])
    expect(letter).toMatchObject({ to: 'Kim@Example.com', locale: 'ru', letter: { minutes: 30 } })
    expect(letter?.letter.link).toMatch(new RegExp(`^${ISSUER}/reset\\?token=[\\w-]{43}$`))
  })

  it('C-24 answers everybody alike, without a hash and before anything is looked up', async () => {
    await given.accounts.disable((await person(given, { email: 'off@example.com' })).sub)
    for (const key in given.calls) Object.assign(given.calls, { [key]: 0 })
    for (const email of ['kim@example.com', 'nobody@example.com', 'off@example.com']) {
      expect(await request(email)).toEqual({ kind: 'ok' })
    }
    expect((await letters(given, 'reset')).map(({ to }) => to)).toEqual(['Kim@Example.com'])
    expect(given.calls).toEqual({ hash: 0, verify: 0, verifyNothing: 0 })
  })

  it.each(['victim@x.com,evil@y', '"kim@example.com"@evil', 'kim@example.com\r\nBcc: evil@y', ''])(
    'X-31 takes %j for no address',
    async (email) => {
      expect(await request(email)).toEqual({ kind: 'malformed' })
      expect(await letters(given, 'reset')).toEqual([])
    },
  )

  it.each(['kim@example.com', 'nobody@example.com'])(
    'counts for %s alike, and says once that it is too much',
    async (email) => {
      const outcomes = await parallel(8, () => request(email))
      expect(outcomes.filter(({ kind }) => kind === 'ok')).toHaveLength(5)
      expect(outcomes.filter(({ kind }) => kind === 'limited')).toEqual(
        Array(3).fill({ kind: 'limited', retryAfter: 1800 }),
      )
      expect(given.events.filter(({ type }) => type === 'mail.limited')).toHaveLength(1)
    },
  )

  it('is done even where the store fails after the answer, which the log says', async () => {
    const broken = { ...given.store.accounts, findByEmailKey: () => Promise.reject(new Error('away')) }
    const { passwordReset } = await import('../../src/domain/password-reset.ts')
    const rules = passwordReset({ ...given, store: { accounts: broken }, reset: async () => undefined })
    const ask = { email: 'kim@example.com', address: ADDRESS, locale: undefined }
    expect(await rules.request(ask)).toEqual({ kind: 'ok' })
    await given.afterwards.settled()
    expect(given.lost).toHaveLength(1)
  })
})

describe('a new password', () => {
  it('is set by the token, ends what was before and tells the owner', async () => {
    const mine = await token()
    expect(await given.passwordReset.peek(mine)).toEqual({ email: 'Kim@Example.com' })
    const at = given.time.now
    expect(await confirm(mine)).toEqual({ kind: 'ok' })
    expect(await isPassword(NEXT)).toBe(true)
    expect(await stored()).toMatchObject({ validAfter: at, passwordChangedAt: at, emailVerified: true })
    expect(given.ended).toEqual([kim.sub])
    expect(given.events.map(({ type }) => type)).toEqual(['password.reset_requested', 'password.reset'])
    expect(await letters(given, 'credential_changed')).toMatchObject([
      {
        to: 'Kim@Example.com',
        letter: { change: 'password.reset', securityLink: `${ISSUER}/account/security` },
      },
    ])
  })

  it('is answered when a new sign-in counts: in the next second', async () => {
    given.time.now += 345
    expect(await confirm(await token())).toEqual({ kind: 'ok' })
    expect(given.time.now % 1000).toBe(0)
    expect(given.time.now).toBeGreaterThan((await stored()).validAfter)
  })

  it('X-10 is set by one of ten who have the token', async () => {
    const mine = await token()
    const outcomes = await parallel(10, (n) => confirm(mine, `${NEXT} ${n}`))
    expect(outcomes.filter(({ kind }) => kind === 'ok')).toHaveLength(1)
    expect(outcomes.filter(({ kind }) => kind === 'invalid')).toHaveLength(9)
  })

  it('X-10 is set by one of two tokens of the same time', async () => {
    const [one, other] = [await token(), await token()]
    const outcomes = await Promise.all([confirm(one), confirm(other)])
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['invalid', 'ok'])
  })

  it('forgives the guesses of others', async () => {
    const { limits } = given
    for (let n = 0; n < 100; n++) {
      const place = await limits.signIn({ account: 'kim@example.com', address: `198.51.${n}.1` })
      if (place.kind === 'reserved') await place.share()
    }
    const guess = async () => {
      const place = await limits.signIn({ account: 'kim@example.com', address: '203.0.113.9' })
      return place.kind === 'reserved' ? place.share() : place
    }
    expect(await guess()).toMatchObject({ kind: 'limited' })
    await confirm(await token())
    await given.afterwards.settled()
    expect(await guess()).toBeUndefined()
  })

  it('burns no token when it is refused by the policy', async () => {
    const mine = await token()
    expect(await confirm(mine, 'short')).toMatchObject({ kind: 'faults', faults: [{ code: 'too_short' }] })
    expect(await confirm(mine, 'Kim@Example.com')).toMatchObject({ kind: 'faults' })
    expect(await confirm(mine)).toEqual({ kind: 'ok' })
  })

  it('is given to an account that had none', async () => {
    await given.change(kim.sub, () => ({ password: undefined }))
    expect(await confirm(await token())).toEqual({ kind: 'ok' })
    expect(await isPassword(NEXT)).toBe(true)
  })

  it('X-30 leaves the second factor as it is', async () => {
    const totp = { secret: 'sealed', lastStep: 1, addedAt: 1, lastUsedAt: undefined }
    await given.accounts.changeFactors(kim.sub, (factors) => ({ ...factors, totp }))
    await confirm(await token())
    expect((await stored()).factors.totp).toEqual(totp)
  })
})

describe('X-30 a token is nothing', () => {
  const refused = async (mine: string, email?: string) => {
    expect(await confirm(mine, NEXT, email)).toEqual({ kind: 'invalid' })
    expect(await isPassword(NEXT)).toBe(false)
  }

  it('after its use', async () => {
    const mine = await token()
    await confirm(mine, 'another one of good length')
    await refused(mine)
    expect(await given.passwordReset.peek(mine)).toBeUndefined()
  })

  it('after half an hour', async () => {
    const mine = await token()
    given.time.now += 30 * 60_000
    await refused(mine)
  })

  it('for a disabled account, even when it is enabled again', async () => {
    const mine = await token()
    await given.accounts.disable(kim.sub)
    await refused(mine)
    await given.accounts.enable(kim.sub)
    await refused(mine)
  })

  it('one bit off', async () => refused(oneBitOff(await token())))

  it('with the address of somebody else', async () => {
    const mine = await token()
    await refused(mine, 'lou@example.com')
    await refused(mine, 'no address')
    expect(await confirm(mine, NEXT, 'KIM@example.com')).toEqual({ kind: 'ok' })
  })

  it('after a change of the password', async () => {
    const mine = await token()
    await given.accounts.setPassword(kim.sub, GOOD_PASSWORD)
    await refused(mine)
  })

  it('after a change of the address', async () => {
    const mine = await token()
    await given.accounts.changeEmail(kim.sub, { email: 'new@example.com', emailKey: 'new@example.com' })
    await refused(mine)
  })

  it('after a newer one was used', async () => {
    const [older, newer] = [await token(), await token()]
    await confirm(newer, 'another one of good length')
    await refused(older)
  })

  it('when the account changes while it is taken', async () => {
    const mine = await token()
    const { hash } = given.password
    given.password.hash = async (password) => {
      await given.accounts.setPassword(kim.sub, GOOD_PASSWORD)
      return hash(password)
    }
    await refused(mine)
  })
})

it('C-15 proves an address that was never proven: earlier factors and consents are gone', async () => {
  const lou = await person(given, { email: 'lou@example.com', emailVerified: false })
  const consent = { sub: lou.sub, clientId: 'shop', scopes: ['openid'], resources: {}, updatedAt: 1 }
  await given.store.consents.add(consent)
  await given.accounts.changeFactors(lou.sub, (factors) => ({
    ...factors,
    totp: { secret: 'sealed', lastStep: 1, addedAt: 1, lastUsedAt: undefined },
  }))
  await request('lou@example.com')
  const mine = tokenIn((await letters(given, 'reset')).at(-1))
  expect(await confirm(mine)).toEqual({ kind: 'ok' })
  expect(await given.store.accounts.find(lou.sub)).toMatchObject({
    emailVerified: true,
    factors: { totp: undefined, passkeys: [] },
  })
  expect(await given.store.consents.list(lou.sub)).toEqual([])
})
