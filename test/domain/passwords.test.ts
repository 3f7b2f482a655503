import { beforeEach, describe, expect, it } from 'vitest'
import type { ChangePasswordAttempt } from '../../src/domain/passwords.ts'
import type { Account } from '../../src/domain/ports.ts'
import { signIn } from '../../src/domain/sign-in.ts'
import { parallel } from '../contract/open-for-test.ts'
import { GOOD_PASSWORD } from './arrange.ts'
import { ADDRESS, type ArrangedProofs, arrangeProofs, letters, person } from './arrange-proofs.ts'

const NEXT = 'violet harbour at nightfall'
let given: ArrangedProofs
let kim: Account

beforeEach(async () => {
  given = await arrangeProofs()
  kim = await person(given)
  given.time.now += 60_345
})

const change = (attempt: Partial<ChangePasswordAttempt> = {}) =>
  given.changePassword({
    sub: kim.sub,
    current: GOOD_PASSWORD,
    password: NEXT,
    address: ADDRESS,
    ...attempt,
  })
const wrong = { current: 'not the one that it is' }
const stored = async (): Promise<Account> => {
  const account = await given.store.accounts.find(kim.sub)
  if (!account) throw new Error('no such account')
  return account
}

describe('changing a password', () => {
  it('wants the present one, ends what was before and tells the owner', async () => {
    const at = given.time.now
    expect(await change()).toEqual({ kind: 'ok' })
    expect(await stored()).toMatchObject({ validAfter: at, passwordChangedAt: at })
    expect(await given.hasher.verify((await stored()).password ?? '', NEXT)).toBe(true)
    expect(given.events).toEqual([
      { type: 'password.changed', sub: kim.sub, actor: kim.sub, address: ADDRESS },
    ])
    expect(await letters(given, 'credential_changed')).toMatchObject([
      { to: 'Kim@Example.com', letter: { change: 'password.changed' } },
    ])
    expect(given.ended).toEqual([kim.sub])
  })

  it('C-25 is over when new sign-ins count; only then the session to keep begins anew', async () => {
    const renewedAt: number[] = []
    await change({
      keep: async () => {
        renewedAt.push(given.time.now)
        expect(given.ended).toEqual([])
      },
    })
    const [at = 0, ...more] = renewedAt
    expect([at % 1000, more]).toEqual([0, []])
    expect(at).toBeGreaterThan((await stored()).validAfter)
    expect(given.ended).toEqual([kim.sub])
  })

  it('is refused with a wrong present one, which is written down', async () => {
    expect(await change(wrong)).toEqual({ kind: 'wrong' })
    expect(await stored()).toEqual(kim)
    expect(given.events).toMatchObject([{ type: 'sign_in.failed', sub: kim.sub }])
  })

  it('is refused by the policy before any hash and any count', async () => {
    expect(await change({ password: 'short' })).toMatchObject({
      kind: 'faults',
      faults: [{ code: 'too_short' }],
    })
    expect(given.calls.verify).toBe(0)
  })

  it('C-20 C-21 shares its guesses with the sign-in, however many come at once', async () => {
    const outcomes = await parallel(40, () => change(wrong))
    expect(outcomes.filter(({ kind }) => kind === 'wrong')).toHaveLength(20)
    expect(outcomes.filter(({ kind }) => kind === 'limited')).toHaveLength(20)
    expect(given.calls.verify).toBe(20)
    const enter = signIn({
      ...given,
      accounts: given.store.accounts,
      metrics: { signIn: () => undefined },
      log: { warn: () => undefined },
      demand: async () => 'none',
      capacity: 10,
    })
    const attempt = { login: 'kim@example.com', password: GOOD_PASSWORD, address: ADDRESS }
    expect(await enter(attempt)).toMatchObject({ kind: 'limited' })
    expect(given.events.filter(({ type }) => type === 'sign_in.limited')).toHaveLength(1)
  })

  it('forgets the guesses when the present one is right', async () => {
    for (let n = 0; n < 19; n++) await change(wrong)
    expect(await change()).toEqual({ kind: 'ok' })
    expect(await change({ ...wrong, password: GOOD_PASSWORD })).toEqual({ kind: 'wrong' })
  })

  it('goes to one of two at once', async () => {
    const outcomes = await Promise.all([
      change({ password: `${NEXT} one` }),
      change({ password: `${NEXT} two` }),
    ])
    expect(outcomes.map(({ kind }) => kind).toSorted()).toEqual(['ok', 'wrong'])
  })

  it('is no way to a first password, and none for a disabled account', async () => {
    await given.change(kim.sub, () => ({ password: undefined }))
    expect(await change()).toEqual({ kind: 'wrong' })
    expect(given.calls.verifyNothing).toBe(1)
    const lou = await person(given, { email: 'lou@example.com' })
    await given.accounts.disable(lou.sub)
    expect(await change({ sub: lou.sub })).toEqual({ kind: 'wrong' })
    expect(await change({ sub: 'nobody' })).toEqual({ kind: 'wrong' })
  })

  it('X-21 hashes nothing for a present one that no account can have', async () => {
    expect(await change({ current: 'x'.repeat(5_000) })).toEqual({ kind: 'wrong' })
    expect(given.calls).toEqual({ hash: 1, verify: 0, verifyNothing: 0 })
  })
})
