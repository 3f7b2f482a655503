import { randomBytes } from 'node:crypto'
import { beforeEach, describe, expect, it } from 'vitest'
import { type SignInChallenges, signInChallenges } from '../../../src/domain/factors/sign-in-challenges.ts'
import { parallel } from '../../contract/open-for-test.ts'
import { arrangeFactors, FROM, STEP } from './arrange.ts'

let given: Awaited<ReturnType<typeof arrangeFactors>>
let challenges: SignInChallenges
let secret: string
let codes: string[]

beforeEach(async () => {
  given = await arrangeFactors()
  ;({ secret, codes } = await given.enrol())
  challenges = signInChallenges({
    accounts: given.accounts,
    artifacts: given.store.artifacts,
    secondFactors: given.factors,
    now: () => given.time.now,
    random: randomBytes,
  })
})

const issue = async () => challenges.issue(await given.kim())
const answer = (challenge: string, code: string) => challenges.answer({ challenge, code, address: FROM })
const rightCode = () => given.codeOf(secret)

describe('the challenge of a sign-in', () => {
  it('with a right code is a sign-in, once', async () => {
    const challenge = await issue()
    expect(challenge).toMatch(/^[\w-]{43}$/)
    expect(await answer(challenge, await rightCode())).toMatchObject({
      kind: 'ok',
      account: { sub: 'kim' },
      amr: ['otp'],
    })
    given.time.now += STEP
    expect(await answer(challenge, await rightCode())).toEqual({ kind: 'invalid' })
  })

  it('outlives wrong codes, and does not lift the limit of the account', async () => {
    const [one, other] = [await issue(), await issue()]
    for (const challenge of [one, other, one, other, one]) {
      expect(await answer(challenge, '2222-2222-2222')).toEqual({ kind: 'wrong' })
    }
    expect(await answer(await issue(), await rightCode())).toMatchObject({ kind: 'limited' })
    given.time.now += 4 * 60_000
    expect(await answer(one, await rightCode())).toMatchObject({ kind: 'limited' })
  })

  it('X-10 of two codes at once, both right, lets one in', async () => {
    const challenge = await issue()
    const pair = [await rightCode(), codes[0] ?? '', codes[1] ?? '']
    const kinds = (await Promise.all(pair.map((code) => answer(challenge, code)))).map(({ kind }) => kind)
    expect(kinds.filter((kind) => kind === 'ok')).toHaveLength(1)
  })

  it('X-10 of one code at many challenges lets one in', async () => {
    const code = await rightCode()
    const open = await parallel(5, issue)
    const kinds = (await Promise.all(open.map((challenge) => answer(challenge, code)))).map(
      ({ kind }) => kind,
    )
    expect(kinds.filter((kind) => kind === 'ok')).toHaveLength(1)
  })

  it('is over after five minutes', async () => {
    const challenge = await issue()
    given.time.now += 5 * 60_000
    expect(await answer(challenge, await rightCode())).toEqual({ kind: 'invalid' })
  })

  it.each<[string, () => Promise<unknown>]>([
    ['a new password', () => given.accounts.setPassword('kim', 'nine loud beavers')],
    ['the end of all sessions', () => given.accounts.endEverything('kim')],
    ['a disabled account', () => given.accounts.disable('kim')],
    [
      'an account disabled and enabled again',
      async () => {
        await given.accounts.disable('kim')
        await given.accounts.enable('kim')
      },
    ],
    ['a removed account', () => given.store.accounts.remove('kim')],
  ])('dies with %s, also while the code is looked at', async (_, change) => {
    given.time.now += STEP
    const challenge = await issue()
    const slow = signInChallenges({
      accounts: given.accounts,
      artifacts: given.store.artifacts,
      secondFactors: {
        verifyCode: async () => {
          await change()
          return { kind: 'ok', amr: ['otp'] }
        },
      },
      now: () => given.time.now,
      random: randomBytes,
    })
    const other = await issue()
    expect(await slow.answer({ challenge, code: '123456', address: FROM })).toEqual({ kind: 'invalid' })
    expect(await answer(other, await rightCode())).toEqual({ kind: 'invalid' })
  })

  it.each(['', 'x', 'A'.repeat(43), '{"$ne":""}', '__proto__'])(
    'X-20 is refused as %j',
    async (challenge) => {
      expect(await answer(challenge, await rightCode())).toEqual({ kind: 'invalid' })
      expect(given.events).toEqual([])
    },
  )

  it('rests as a digest', async () => {
    const challenge = await issue()
    expect(await given.store.artifacts.find('SecondFactorChallenge', challenge)).toBeUndefined()
  })

  it('R-03 lets nobody in while the store is away', async () => {
    const challenge = await issue()
    const [code, kim] = [await rightCode(), await given.kim()]
    await given.store.close()
    await expect(answer(challenge, code)).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(challenges.issue(kim)).rejects.toMatchObject({ code: 'store_unavailable' })
  })
})
