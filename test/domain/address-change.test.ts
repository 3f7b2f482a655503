import { beforeEach, describe, expect, it } from 'vitest'
import type { AddressChangeAttempt } from '../../src/domain/address-change.ts'
import type { Account } from '../../src/domain/ports.ts'
import { parallel } from '../contract/open-for-test.ts'
import { GOOD_PASSWORD } from './arrange.ts'
import {
  ADDRESS,
  type ArrangedProofs,
  arrangeProofs,
  ISSUER,
  letters,
  person,
  tokenIn,
} from './arrange-proofs.ts'

let given: ArrangedProofs
let kim: Account

beforeEach(async () => {
  given = await arrangeProofs()
  kim = await person(given)
})

const request = (email = 'New.Kim@example.com') =>
  given.addressChange.request({ sub: kim.sub, email, address: ADDRESS, locale: 'en' })
const token = async (email?: string): Promise<string> => {
  await request(email)
  return tokenIn((await letters(given, 'confirm_new_address')).at(-1))
}
const confirm = (mine: string, attempt: Partial<AddressChangeAttempt> = { provenSub: kim.sub }) =>
  given.addressChange.confirm({ token: mine, address: ADDRESS, ...attempt })
const stored = async (): Promise<Account | undefined> => given.store.accounts.find(kim.sub)

describe('asking for another address', () => {
  it('sends a letter there, and changes nothing', async () => {
    expect(await request()).toEqual({ kind: 'ok' })
    const [letter] = await letters(given, 'confirm_new_address')
    expect(letter).toMatchObject({ to: 'New.Kim@example.com', letter: { hours: 24 } })
    expect(letter?.letter.link).toMatch(new RegExp(`^${ISSUER}/account/address\\?token=[\\w-]{43}$`))
    expect(await stored()).toEqual(kim)
    expect(given.events).toMatchObject([{ type: 'email.change_requested', sub: kim.sub }])
  })

  it('C-24 C-17 answers the same when it has an account, whose stored address gets another letter', async () => {
    await person(given, { email: 'Lou@Example.com' })
    expect(await request(' ＬＯＵ@example.com')).toEqual({ kind: 'ok' })
    expect(await letters(given, 'already_registered')).toMatchObject([
      { to: 'Lou@Example.com', letter: { recoverLink: `${ISSUER}/recover` } },
    ])
    expect(await letters(given, 'confirm_new_address')).toEqual([])
  })

  it('X-31 takes only a plain address', async () => {
    for (const email of ['a@x.com,evil@y', 'a@x.com\r\nBcc: evil@y', '']) {
      expect(await request(email)).toEqual({ kind: 'malformed' })
    }
  })

  it('is limited for each new address', async () => {
    const outcomes = await parallel(6, () => request())
    expect(outcomes.filter(({ kind }) => kind === 'limited')).toEqual([{ kind: 'limited', retryAfter: 3600 }])
  })
})

describe('a changed address', () => {
  it('is proven, and told to the old and the new one', async () => {
    const mine = await token()
    expect(await given.addressChange.peek(mine)).toEqual({
      sub: kim.sub,
      from: 'Kim@Example.com',
      to: 'New.Kim@example.com',
    })
    expect(await confirm(mine)).toEqual({ kind: 'ok' })
    expect(await stored()).toMatchObject({
      email: 'New.Kim@example.com',
      emailKey: 'new.kim@example.com',
      emailVerified: true,
      password: kim.password,
      validAfter: kim.validAfter,
    })
    const told = await letters(given, 'address_changed')
    expect(told.map(({ to }) => to)).toEqual(['Kim@Example.com', 'New.Kim@example.com'])
    expect(given.events.at(-1)).toMatchObject({ type: 'email.changed', sub: kim.sub })
  })

  it('may be the same one in another spelling', async () => {
    expect(await confirm(await token('KIM@EXAMPLE.COM'))).toEqual({ kind: 'ok' })
    expect(await stored()).toMatchObject({ email: 'KIM@EXAMPLE.COM', emailKey: 'kim@example.com' })
  })

  it('needs the account as well as the letter: nobody is slipped an account of somebody else (C-15)', async () => {
    const mine = await token()
    expect(await confirm(mine, {})).toEqual({ kind: 'wrong' })
    expect(await confirm(mine, { provenSub: 'sub-of-another' })).toEqual({ kind: 'wrong' })
    expect(await confirm(mine, { password: 'not the one that it is' })).toEqual({ kind: 'wrong' })
    expect(await stored()).toMatchObject({ email: 'Kim@Example.com' })
    expect(await confirm(mine, { password: GOOD_PASSWORD })).toEqual({ kind: 'ok' })
  })

  it('X-10 is changed once by any number of clicks', async () => {
    const mine = await token()
    const outcomes = await parallel(10, () => confirm(mine))
    expect(outcomes.filter(({ kind }) => kind === 'ok')).toHaveLength(1)
    expect(await letters(given, 'address_changed')).toHaveLength(2)
  })

  it('is not taken from who registered it meanwhile', async () => {
    const mine = await token()
    await person(given, { email: 'new.kim@example.com' })
    expect(await confirm(mine)).toEqual({ kind: 'taken' })
    expect(await stored()).toEqual(kim)
  })

  it('goes to one of two accounts that want it at once', async () => {
    const mine = await token()
    const lou = await person(given, { email: 'lou@example.com' })
    await given.addressChange.request({
      sub: lou.sub,
      email: 'new.kim@example.com',
      address: ADDRESS,
      locale: 'en',
    })
    const other = tokenIn((await letters(given, 'confirm_new_address')).at(-1))
    const outcomes = await Promise.all([confirm(mine), confirm(other, { provenSub: lou.sub })])
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['ok', 'taken'])
  })

  it('is nothing after a day, another change, or for a disabled account', async () => {
    const late = await token()
    given.time.now += 24 * 3_600_000
    expect(await confirm(late)).toEqual({ kind: 'invalid' })
    const [one, other] = [await token('one@example.com'), await token('two@example.com')]
    expect(await confirm(one)).toEqual({ kind: 'ok' })
    expect(await confirm(other)).toEqual({ kind: 'invalid' })
    const last = await token('three@example.com')
    await given.accounts.disable(kim.sub)
    expect(await confirm(last)).toEqual({ kind: 'invalid' })
  })
})
