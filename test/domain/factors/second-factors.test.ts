import { beforeEach, describe, expect, it } from 'vitest'
import { parallel } from '../../contract/open-for-test.ts'
import { arrangeFactors, FROM, STEP } from './arrange.ts'

let given: Awaited<ReturnType<typeof arrangeFactors>>
let secret: string
let codes: string[]

beforeEach(async () => {
  given = await arrangeFactors()
  ;({ secret, codes } = await given.enrol())
})

const enter = (code: string) => given.factors.verifyCode({ sub: 'kim', code, address: FROM })
const types = () => given.events.map(({ type }) => type)
const kindsOf = (outcomes: { kind: string }[], kind: string) => outcomes.filter((one) => one.kind === kind)
const hashes = () => given.calls.verify + given.calls.verifyNothing
const rightCode = (at?: number) => given.codeOf(secret, at)
/** Six digits that are good in none of the steps around now. */
const wrongCode = async (): Promise<string> => {
  const near = await Promise.all([-2, -1, 0, 1, 2].map((step) => rightCode(given.time.now + step * STEP)))
  for (let number = 0; ; number += 1) {
    const code = String(number).padStart(6, '0')
    if (!near.includes(code)) return code
  }
}

describe('a code of the app', () => {
  it('is taken, with the blank that apps show, and written down as the sign-in', async () => {
    const code = await rightCode()
    expect(await enter(` ${code.slice(0, 3)} ${code.slice(3)}`)).toEqual({ kind: 'ok', amr: ['otp'] })
    expect(given.events).toEqual([
      { type: 'sign_in.succeeded', sub: 'kim', address: FROM, detail: { method: 'totp' } },
    ])
    expect((await given.kim()).factors.totp?.lastUsedAt).toBe(given.time.now)
  })

  it.each([-STEP, STEP])('is taken from a clock that is %i ms off', async (off) => {
    given.time.now += 2 * STEP
    expect(await enter(await rightCode(given.time.now + off))).toMatchObject({ kind: 'ok' })
  })

  it.each([-2 * STEP, 2 * STEP])('N-33 is not taken from a clock that is %i ms off', async (off) => {
    given.time.now += 3 * STEP
    expect(await enter(await rightCode(given.time.now + off))).toEqual({ kind: 'wrong' })
  })

  it('X-10 is taken once, whatever the parallelism', async () => {
    const code = await rightCode()
    expect(kindsOf(await parallel(5, () => enter(code)), 'ok')).toHaveLength(1)
    expect(await enter(code)).toEqual({ kind: 'wrong' })
  })

  it('X-25 is not taken after one of a later step', async () => {
    const early = await rightCode()
    expect(await enter(await rightCode(given.time.now + STEP))).toMatchObject({ kind: 'ok' })
    expect(await enter(early)).toEqual({ kind: 'wrong' })
  })

  it('is worth nothing for another account', async () => {
    await given.accounts.create({
      sub: 'lou',
      email: 'lou@example.com',
      emailKey: 'lou@example.com',
      emailVerified: true,
      roleIds: [],
    })
    const code = await rightCode()
    expect(await given.factors.verifyCode({ sub: 'lou', code, address: FROM })).toEqual({ kind: 'wrong' })
    expect(await given.factors.verifyCode({ sub: 'nobody', code, address: FROM })).toEqual({ kind: 'wrong' })
  })

  it('is worth nothing once the account is disabled or the app removed', async () => {
    await given.enrolment.remove('kim', FROM)
    expect(await enter(await rightCode())).toEqual({ kind: 'wrong' })
    const next = await given.enrol()
    await given.accounts.disable('kim')
    expect(await enter(await given.codeOf(next.secret))).toEqual({ kind: 'wrong' })
  })
})

describe('a recovery code', () => {
  it('is taken in place of an app, once, and its owner is told how many are left', async () => {
    const [code = ''] = codes
    expect(await enter(code)).toEqual({ kind: 'ok', amr: ['otp'] })
    expect(types()).toEqual(['recovery_code.used', 'sign_in.succeeded'])
    expect(given.events[0]?.detail).toEqual({ left: 9 })
    expect(given.letters).toMatchObject([{ letter: { change: 'recovery_code.used' } }])
    expect(await enter(code)).toEqual({ kind: 'wrong' })
  })

  it('X-10 is taken once, whatever the parallelism', async () => {
    const [code = ''] = codes
    expect(kindsOf(await parallel(5, () => enter(code)), 'ok')).toHaveLength(1)
    expect((await given.kim()).factors.recoveryCodes?.left).toHaveLength(9)
  })

  it('costs one hash, whether or not there is one that begins so', async () => {
    const marks = codes.map((code) => code.charAt(0))
    const free = [...'23456789ABCDEFGHJKLMNPQRSTUVWXYZ'].find((mark) => !marks.includes(mark))
    await enter(`${marks[0]}222-2222-2222`)
    await enter(`${free}222-2222-2222`)
    await enter(codes[0] ?? '')
    expect(given.calls).toMatchObject({ verify: 2, verifyNothing: 1, hash: 0 })
  })

  it('is not taken once the codes are renewed', async () => {
    await given.recoveryCodes.renew('kim', FROM)
    expect(await enter(codes[0] ?? '')).toEqual({ kind: 'wrong' })
  })
})

describe('wrong codes', () => {
  it('X-25 C-19 are looked at five times in a window, of 1000 guesses from 20 sessions at once', async () => {
    const digits = await wrongCode()
    const letters = (index: number) =>
      String(index).padStart(4, '2').replaceAll('0', 'A').replaceAll('1', 'B')
    const guesses = await parallel(1000, (index) =>
      enter(index % 2 === 0 ? `${codes[0]?.charAt(0)}222-2222-${letters(index)}` : digits),
    )
    expect(kindsOf(guesses, 'wrong')).toHaveLength(5)
    expect(kindsOf(guesses, 'limited')).toHaveLength(995)
    expect(hashes()).toBeLessThanOrEqual(5)
    expect(given.events.filter(({ type }) => type === 'second_factor.failed')).toHaveLength(5)
    expect(given.events.filter(({ type }) => type === 'second_factor.limited')).toHaveLength(1)
    expect(await enter(await rightCode())).toEqual({ kind: 'limited', retryAfter: 900 })
    expect(await enter(codes[0] ?? '')).toMatchObject({ kind: 'limited' })
  })

  it('C-19 do not begin anew with a new code, a new app or new recovery codes', async () => {
    for (const _ of Array(5)) await enter(await wrongCode())
    given.time.now += STEP
    const [code] = (await given.recoveryCodes.renew('kim', FROM)) ?? []
    const next = await given.enrol()
    expect(await enter(code ?? '')).toMatchObject({ kind: 'limited' })
    expect(await enter(await given.codeOf(next.secret))).toMatchObject({ kind: 'limited' })
  })

  it('are forgotten after 15 minutes, and after a right one', async () => {
    for (const _ of Array(5)) await enter(await wrongCode())
    given.time.now += 15 * 60_000
    for (const _ of Array(4)) await enter(await wrongCode())
    expect(await enter(await rightCode())).toMatchObject({ kind: 'ok' })
    given.time.now += STEP
    for (const _ of Array(4)) await enter(await wrongCode())
    expect(await enter(await rightCode())).toMatchObject({ kind: 'ok' })
  })

  it('N-54 are told to the owner once a day, at the fifth, also of who waits between them', async () => {
    for (const _ of Array(3)) await enter(await wrongCode())
    given.time.now += 15 * 60_000
    await enter(await wrongCode())
    expect(given.letters).toEqual([])
    await enter(await rightCode())
    given.time.now += STEP
    for (const _ of Array(4)) await enter(await wrongCode())
    expect(given.letters).toMatchObject([
      {
        to: 'Kim@example.com',
        letter: { kind: 'second_factor_failed', address: FROM, at: given.time.now },
      },
    ])
    given.time.now += 24 * 60 * 60_000
    for (const _ of Array(5)) await enter(await wrongCode())
    expect(given.letters).toHaveLength(2)
  })

  it.each([
    '',
    '12345',
    '1234567',
    'ABCD-EFGH',
    '0000-0000-0000',
    '{"$ne":""}',
    '__proto__',
    '\0'.repeat(6),
    '9'.repeat(56_000),
  ])('X-20 what no code can look like is wrong and costs nothing: %.20j', async (code) => {
    for (const _ of Array(6)) expect(await enter(code)).toEqual({ kind: 'wrong' })
    expect(hashes()).toBe(0)
    expect(given.events).toEqual([])
    expect(await enter(await rightCode())).toMatchObject({ kind: 'ok' })
  })

  it('are never written down', async () => {
    await enter(codes[0] ?? '')
    await enter(await rightCode())
    const written = JSON.stringify([given.events, given.letters])
    expect(written).not.toMatch(/\b\d{6}\b|[2-9A-Z]{4}-[2-9A-Z]{4}/)
    expect(written).not.toContain(secret)
  })
})

describe('what a sign-in still needs', () => {
  it.each([
    ['off', [], 'none'],
    ['optional', [], 'none'],
    ['required', [], 'enrol'],
    ['off', ['clerk'], 'enrol'],
    ['optional', ['other'], 'none'],
  ] as const)(
    'without a factor, with MFA_POLICY=%s and MFA_REQUIRED_ROLES=%j: %s',
    async (policy, requiredRoles, due) => {
      const other = await arrangeFactors({ policy, requiredRoles }, ['clerk'])
      expect(await other.factors.demand(await other.kim())).toBe(due)
    },
  )

  it.each(['off', 'optional', 'required'] as const)(
    'C-18 with a factor it is asked for, with MFA_POLICY=%s as well',
    async (policy) => {
      const other = await arrangeFactors({ policy })
      expect(await other.factors.demand(await given.kim())).toBe('ask')
    },
  )

  it.each([
    ['off', [], false],
    ['off', ['clerk'], true],
    ['optional', [], true],
    ['required', [], true],
  ] as const)(
    'who must have one may have one: MFA_POLICY=%s, MFA_REQUIRED_ROLES=%j',
    async (policy, requiredRoles, may) => {
      expect((await arrangeFactors({ policy, requiredRoles })).factors.mayEnrol).toBe(may)
    },
  )

  it('names what the account can answer with', async () => {
    expect(given.factors.methods(await given.kim())).toEqual(['totp', 'recovery_code'])
    await given.enrolment.remove('kim', FROM)
    expect(given.factors.methods(await given.kim())).toEqual([])
  })
})

it('R-03 is refused while the store is away, with the right code as well', async () => {
  const code = await rightCode()
  await given.store.close()
  await expect(enter(code)).rejects.toMatchObject({ code: 'store_unavailable' })
  await expect(enter(codes[0] ?? '')).rejects.toMatchObject({ code: 'store_unavailable' })
})
