import { beforeEach, describe, expect, it } from 'vitest'
import type { EmailProofAttempt } from '../../src/domain/email-proof.ts'
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
  kim = await person(given, { emailVerified: false })
  given.time.now += 60_000
})

const token = async (): Promise<string> => {
  given.emailProof.send(kim, 'en')
  return tokenIn((await letters(given, 'verify')).at(-1))
}
const confirm = (attempt: Omit<EmailProofAttempt, 'address'>) =>
  given.emailProof.confirm({ ...attempt, address: ADDRESS })
const stored = async (): Promise<Account> => {
  const account = await given.store.accounts.find(kim.sub)
  if (!account) throw new Error('no such account')
  return account
}

/** All that somebody can leave in an account who registered it with the address of another person. */
const occupy = async (): Promise<void> => {
  await given.accounts.changeFactors(kim.sub, () => ({
    totp: { secret: 'sealed', lastStep: 1, addedAt: 1, lastUsedAt: undefined },
    recoveryCodes: { madeAt: 1, left: [{ mark: 'A', hash: 'x' }] },
    passkeys: [
      {
        id: 'cGFzc2tleQ',
        publicKey: 'a2V5',
        counter: 0,
        transports: [],
        name: 'of somebody else',
        isSynced: false,
        addedAt: 1,
        lastUsedAt: undefined,
      },
    ],
  }))
  for (const clientId of ['shop', 'spa']) {
    const consent = { sub: kim.sub, clientId, scopes: ['openid'], resources: {}, updatedAt: 1 }
    await given.store.consents.add(consent)
  }
}
const left = async () => {
  const { password, factors, validAfter, emailVerified } = await stored()
  const { totp, recoveryCodes, passkeys } = factors
  return {
    emailVerified,
    opens: password !== undefined && (await given.hasher.verify(password, GOOD_PASSWORD)),
    factors: [totp, recoveryCodes, ...passkeys].filter(Boolean).length,
    consents: (await given.store.consents.list(kim.sub)).length,
    endsAllBefore: validAfter >= kim.createdAt + 60_000,
  }
}
const NOTHING = { emailVerified: true, opens: false, factors: 0, consents: 0, endsAllBefore: true }
const EVERYTHING = { emailVerified: true, opens: true, factors: 3, consents: 2, endsAllBefore: false }

describe('the letter', () => {
  it('goes to the stored address, with a link that is good for a day', async () => {
    given.emailProof.send(kim, 'en')
    const [letter] = await letters(given, 'verify')
    expect(letter).toMatchObject({ to: 'Kim@Example.com', locale: 'ru', letter: { hours: 24 } })
    expect(letter?.letter.link).toMatch(new RegExp(`^${ISSUER}/verify\\?token=[\\w-]{43}$`))
  })

  it('C-24 is asked for by anybody, with one answer: there is none for proven, disabled or unknown ones', async () => {
    await person(given, { email: 'proven@example.com' })
    await given.accounts.disable(
      (await person(given, { email: 'off@example.com', emailVerified: false })).sub,
    )
    const asked = ['kim@example.com', 'proven@example.com', 'off@example.com', 'nobody@example.com']
    for (const email of asked) {
      expect(await given.emailProof.request({ email, address: ADDRESS, locale: 'en' })).toEqual({
        kind: 'ok',
      })
    }
    expect((await letters(given, 'verify')).map(({ to }) => to)).toEqual(['Kim@Example.com'])
  })

  it('is limited for known and unknown addresses alike', async () => {
    for (const email of ['kim@example.com', 'nobody@example.com']) {
      const ask = { email, address: ADDRESS, locale: undefined }
      const outcomes = await parallel(6, () => given.emailProof.request(ask))
      expect(outcomes.filter(({ kind }) => kind === 'limited')).toEqual([
        { kind: 'limited', retryAfter: 3600 },
      ])
    }
  })
})

describe('C-15 the first proof of an address', () => {
  beforeEach(occupy)

  it('drops all earlier ways in, sessions and consents; the password is set by its owner later', async () => {
    expect(await confirm({ token: await token() })).toMatchObject({
      kind: 'ok',
      account: { password: undefined },
    })
    expect(await left()).toEqual(NOTHING)
    expect(given.ended).toEqual([kim.sub])
    expect(given.events.at(-1)).toEqual({
      type: 'email.verified',
      sub: kim.sub,
      address: ADDRESS,
      detail: { claimed: true },
    })
  })

  it('makes the password that comes with it the one of the account', async () => {
    expect(await confirm({ token: await token(), password: NEXT })).toMatchObject({ kind: 'ok' })
    expect(await left()).toEqual(NOTHING)
    expect(await given.hasher.verify((await stored()).password ?? '', NEXT)).toBe(true)
  })

  it('keeps the password of the account if it comes with it, and nothing else', async () => {
    expect(await confirm({ token: await token(), password: GOOD_PASSWORD })).toMatchObject({ kind: 'ok' })
    expect(await left()).toEqual({ ...NOTHING, opens: true })
  })

  it('keeps everything of a person who is signed in to the account where the letter was opened', async () => {
    expect(await confirm({ token: await token(), provenSub: kim.sub })).toMatchObject({ kind: 'ok' })
    expect(await left()).toEqual(EVERYTHING)
    expect(given.ended).toEqual([])
  })

  it('keeps nothing for a person who is signed in to another account', async () => {
    expect(await confirm({ token: await token(), provenSub: 'sub-of-another' })).toMatchObject({ kind: 'ok' })
    expect(await left()).toEqual(NOTHING)
  })

  it('is one of ten at once', async () => {
    const mine = await token()
    const outcomes = await parallel(10, () => confirm({ token: mine }))
    expect(outcomes.filter(({ kind }) => kind === 'ok')).toHaveLength(1)
    expect(outcomes.filter(({ kind }) => kind === 'invalid')).toHaveLength(9)
  })

  it('costs the same hashes whether the password is the one of the account or not', async () => {
    const costs: object[] = []
    for (const password of [GOOD_PASSWORD, NEXT]) {
      given = await arrangeProofs()
      kim = await person(given, { emailVerified: false })
      const mine = await token()
      for (const key in given.calls) Object.assign(given.calls, { [key]: 0 })
      await confirm({ token: mine, password })
      costs.push({ ...given.calls })
    }
    expect(costs).toEqual(Array(2).fill({ hash: 1, verify: 1, verifyNothing: 0 }))
  })

  it('burns no token when a new password is refused, and drops nothing', async () => {
    const mine = await token()
    expect(await confirm({ token: mine, password: 'short' })).toMatchObject({ kind: 'faults' })
    expect(await left()).toEqual({ ...EVERYTHING, emailVerified: false })
    expect(await confirm({ token: mine, password: NEXT })).toMatchObject({ kind: 'ok' })
  })
})

describe('a proof of an address', () => {
  it('that is proven already is good, and drops nothing', async () => {
    await occupy()
    const mine = await token()
    await given.accounts.verifyEmail(kim.sub)
    expect(await confirm({ token: mine })).toMatchObject({ kind: 'ok' })
    expect(await left()).toEqual(EVERYTHING)
  })

  it('is nothing after its use, after a day, one bit off, or for a disabled account', async () => {
    const mine = await token()
    expect(await confirm({ token: oneBitOff(mine) })).toEqual({ kind: 'invalid' })
    expect(await confirm({ token: mine })).toMatchObject({ kind: 'ok' })
    expect(await confirm({ token: mine })).toEqual({ kind: 'invalid' })
    kim = await person(given, { email: 'lou@example.com', emailVerified: false })
    const late = await token()
    given.time.now += 24 * 3_600_000
    expect(await confirm({ token: late })).toEqual({ kind: 'invalid' })
    const last = await token()
    await given.accounts.disable(kim.sub)
    expect(await confirm({ token: last })).toEqual({ kind: 'invalid' })
  })

  it('is nothing when the account has another address by now', async () => {
    const mine = await token()
    await given.accounts.changeEmail(kim.sub, { email: 'new@example.com', emailKey: 'new@example.com' })
    expect(await confirm({ token: mine })).toEqual({ kind: 'invalid' })
  })
})
