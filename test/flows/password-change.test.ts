import { afterAll, beforeAll, expect, it } from 'vitest'
import { parallel } from '../contract/open-for-test.ts'
import { createAgent } from '../support/browserless.ts'
import { mailFiles } from '../support/mail-files.ts'
import { answerOf, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { calls } from './calls.ts'
import { bearer, expectProblem, restCalls } from './rest-calls.ts'
import { kim, lou, shop, startSubject } from './subject.ts'

const NEXT = 'copper kettle over the hill'
let server: RunningServer
const rest = restCalls(() => server)

beforeAll(async () => {
  server = await startSubject({
    env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1', LIMIT_SIGN_IN_ACCOUNT_PREFIX: '5' },
  })
})
afterAll(() => server?.stop())

const change = (token: unknown, body: object) => rest.post('/auth/password/change', body, bearer(token))

it('C-25 a changed password ends every other sign-in within a second, everywhere; the caller goes on', async () => {
  const party = await relyingParty(server.issuer, shop)
  const agent = createAgent()
  const tokens = await party.signIn(agent, kim, { scope: 'openid offline_access', prompt: 'consent' })
  const [mine, other] = [(await rest.login(kim)).body, (await rest.login(kim)).body]
  const answer = await change(mine.access_token, { current_password: kim.password, password: NEXT })
  expect(answer.status).toBe(200)
  expect(answer.headers.get('cache-control')).toBe('no-store')
  const ask = calls(server)
  await parallel(3, async () => {
    expect(await ask.isActive(shop, tokens.access_token)).toBe(false)
    expect((await ask.refresh(shop, tokens.refresh_token)).status).toBe(400)
    for (const { access_token, refresh_token } of [mine, other]) {
      expectProblem(await rest.me(access_token), 401, 'invalid_token')
      expectProblem(await rest.refresh(refresh_token), 401, 'invalid_token')
    }
    expect((await rest.me(answer.body.access_token)).status).toBe(200)
  })
  expect((await rest.refresh(answer.body.refresh_token)).status).toBe(200)
  const { url } = await party.leave({ prompt: 'none' })
  const silent = await agent.get(url, { stopAt: shop.redirectUri })
  expect(new URL(answerOf(silent)).searchParams.get('error')).toBe('login_required')
  expectProblem(await rest.login(kim), 401, 'wrong_credentials')
  expect((await rest.login({ ...kim, password: NEXT })).status).toBe(200)
  const told = await mailFiles(server).next({ to: kim.login, subject: /password/i })
  expect(told.raw).not.toContain(NEXT)
})

it('C-19 C-21 wants the present password, whose guesses count like sign-ins', async () => {
  const { body } = await rest.login(lou)
  const attempt = { current_password: 'not the one that it is', password: NEXT }
  const answers = await parallel(8, () => change(body.access_token, attempt))
  expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
  const limited = answers.filter(({ status }) => status === 429)
  expect(limited).toHaveLength(3)
  for (const answer of limited) expectProblem(answer, 429, 'too_many_attempts')
  expectProblem(await rest.login(lou), 429, 'too_many_attempts')
  expect((await rest.me(body.access_token)).status).toBe(200)
})

it('is refused without a token, by the policy, and for what is no text', async () => {
  expectProblem(await change('nonsense', { current_password: 'a', password: NEXT }), 401, 'invalid_token')
  const { body } = await rest.login({ ...kim, password: NEXT })
  const short = await change(body.access_token, { current_password: NEXT, password: 'short' })
  expectProblem(short, 422, 'invalid_fields')
  expect(short.body.errors).toEqual([{ field: 'password', code: 'too_short' }])
  for (const value of [{ $ne: '' }, ['a'], 1, null]) {
    const answer = await change(body.access_token, { current_password: value, password: value })
    expectProblem(answer, 400, 'bad_request')
  }
})
