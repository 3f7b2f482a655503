import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import type { RunningServer } from '../support/server.ts'
import { type Beside, openBeside } from './factors-beside.ts'
import { errorOf, type Gate, gateOf, TWO } from './gate.ts'
import { startSubject } from './subject.ts'

let server: RunningServer
let beside: Beside
let gate: Gate

beforeAll(async () => {
  server = await startSubject({ env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1' } })
  beside = await openBeside(server)
  gate = await gateOf(server)
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

/** Somebody with an authenticator app and recovery codes. */
const careful = async () => {
  const person = await beside.newcomer()
  return { person, ...(await beside.giveApp(person.login)) }
}
describe('a sign-in with two factors', () => {
  it('asks for the code after the password, and the ID token says so', async () => {
    const { person, app } = await careful()
    const claims = await gate.signIn(createAgent(), person, app.code())
    expect(claims).toMatchObject({ acr: TWO, amr: ['pwd', 'otp', 'mfa'] })
    expect(Math.abs(Number(claims?.auth_time) - Date.now() / 1000)).toBeLessThan(60)
  })

  it('takes a recovery code instead, on a page of its own, however it is typed', async () => {
    const { person, codes } = await careful()
    const agent = createAgent()
    const { attempt, page } = await gate.code(agent, person)
    const other = await agent.follow(page, '#use-recovery-code')
    const code = (codes[0] ?? '').toLowerCase().replaceAll('-', ' ')
    const done = await agent.submit(other, '#submit-code', { code }, gate.stop)
    expect(await gate.claims(done, attempt)).toMatchObject({ acr: TWO, amr: ['pwd', 'otp', 'mfa'] })
  })

  it('says what to do with a code that does not fit, and with none', async () => {
    const { person } = await careful()
    const agent = createAgent()
    const { page } = await gate.code(agent, person)
    const wrong = await agent.submit(page, '#submit-code', { code: '000000' })
    expect([wrong.status, errorOf(wrong)]).toEqual([422, 'wrong_code'])
    expect(wrong.text('title')).toMatch(/^Error: /)
    const empty = await agent.submit(wrong, '#submit-code', { code: ' ' })
    expect([empty.status, empty.text('#code-fault')]).toEqual([422, 'This is empty.'])
  })

  it('X-25 takes no code twice, neither of the app nor a recovery code', async () => {
    const { person, app, codes } = await careful()
    for (const code of [app.code(), codes[3] ?? '']) {
      await gate.signIn(createAgent(), person, code)
      const agent = createAgent()
      const { page } = await gate.code(agent, person)
      const again = await agent.submit(page, '#submit-code', { code })
      expect([again.status, errorOf(again)]).toEqual([422, 'wrong_code'])
    }
  })

  it('X-25 takes a code once of two browsers that send it at the same time', async () => {
    const { person, app } = await careful()
    const agents = [createAgent(), createAgent(), createAgent()]
    const pages = await Promise.all(agents.map((agent) => gate.code(agent, person)))
    const code = app.code()
    const answers = await Promise.all(
      agents.map((agent, at) =>
        agent.submit(pages[at]?.page ?? never(), '#submit-code', { code }, gate.stop),
      ),
    )
    expect(answers.filter(({ location }) => location?.includes('code='))).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 422)).toHaveLength(2)
  })

  it('X-25 blocks guesses after five, whatever the browser, and says when to come back', async () => {
    const { person, app } = await careful()
    const guess = async (code: string) => {
      const agent = createAgent()
      const { page } = await gate.code(agent, person)
      return agent.submit(page, '#submit-code', { code })
    }
    const pages = await Promise.all(Array.from({ length: 8 }, () => guess('000000')))
    expect(pages.map(({ status }) => status).sort()).toEqual([422, 422, 422, 422, 422, 429, 429, 429])
    const right = await guess(app.code())
    expect([right.status, errorOf(right)]).toEqual([429, 'too_many_attempts'])
    expect(Number(right.headers['retry-after'])).toBeGreaterThan(0)
  })
})

const never = (): never => {
  throw new Error('unreachable')
}

describe('C-18, X-24 between the password and the second factor nobody is signed in', () => {
  it('X-24 there is no session, and no way on to the application', async () => {
    const { person } = await careful()
    const agent = createAgent()
    const { page } = await gate.code(agent, person)
    const resume = await agent.get(gate.resumeOf(page), gate.stop)
    expect([resume.has('#submit-login'), resume.location]).toEqual([true, undefined])
    const silent = await gate.answered(agent, { prompt: 'none' })
    expect([silent.get('error'), silent.has('code')]).toEqual(['login_required', false])
    for (const path of ['/account', '/account/security'])
      expect((await agent.get(server.issuer + path)).has('#submit-login')).toBe(true)
  })

  it('C-18 the page of the code comes back, whatever else is asked for: reload, register, consent, a forged step', async () => {
    const { person } = await careful()
    const agent = createAgent()
    const { page } = await gate.code(agent, person)
    const forged = (step: string, fields: Record<string, string> = {}) => gate.post(agent, page, step, fields)
    for (const next of [
      await agent.get(page.url),
      await forged('consent', { decision: 'allow' }),
      await forged('codes-saved'),
      await forged('enrol', { code: '000000' }),
      await forged('enrol/passkey', { response: '{}' }),
    ])
      expect([next.status, next.has('input[name=code]'), next.has('#secret')]).toEqual([200, true, false])
    expect((await forged('enrol/passkey/options')).has('input[name=code]')).toBe(true)
  })

  it('C-18 another tab has its own sign-in, from the beginning', async () => {
    const { person } = await careful()
    const agent = createAgent()
    await gate.code(agent, person)
    expect((await gate.open(agent)).page.has('#submit-login')).toBe(true)
  })

  it('C-18 the same password twice stays one factor', async () => {
    const { person } = await careful()
    const agent = createAgent()
    const { page } = await gate.code(agent, person)
    const again = await gate.post(agent, page, 'sign-in', { ...person })
    expect(again.has('input[name=code]')).toBe(true)
  })

  it('C-18 a code counts for nothing without the password', async () => {
    const { app } = await careful()
    const agent = createAgent()
    const { page } = await gate.open(agent)
    const next = await gate.post(agent, page, 'second-factor', { code: app.code() })
    expect(next.has('#submit-login')).toBe(true)
  })

  it('C-18 a code of one person completes nobody else', async () => {
    const [one, other] = [await careful(), await careful()]
    const agent = createAgent()
    const { page } = await gate.code(agent, one.person)
    const crossed = await agent.submit(page, '#submit-code', { code: other.app.code() })
    expect([crossed.status, errorOf(crossed)]).toEqual([422, 'wrong_code'])
    const swapped = await gate.post(agent, page, 'sign-in', { ...other.person })
    expect(swapped.text('main')).toContain(other.person.login)
    const late = await agent.submit(page, '#submit-code', { code: one.app.code() })
    expect([late.status, errorOf(late)]).toEqual([422, 'wrong_code'])
  })

  it('C-18 a factor that is set up while the password is typed is asked for', async () => {
    const person = await beside.newcomer()
    const agent = createAgent()
    const { page } = await gate.open(agent)
    const held = await agent.submit(page, '#submit-login', { ...person }, { stopAt: '' })
    const { app } = await beside.giveApp(person.login)
    const next = await agent.get(held.location ?? '')
    expect(next.has('input[name=code]')).toBe(true)
    expect((await agent.submit(next, '#submit-code', { code: app.code() }, gate.stop)).location).toContain(
      'code=',
    )
  })

  it('C-18 what was proved is worth nothing once the account is disabled', async () => {
    const { person, app } = await careful()
    const agent = createAgent()
    const { page } = await gate.code(agent, person)
    await beside.disable(person.login)
    await sleep(1100)
    const next = await agent.submit(page, '#submit-code', { code: app.code() }, gate.stop)
    expect([next.has('#submit-login'), next.location]).toEqual([true, undefined])
  })

  it('“Not you?” forgets the password that was given', async () => {
    const { person } = await careful()
    const agent = createAgent()
    const { page } = await gate.code(agent, person)
    expect((await agent.submit(page, '#not-you')).has('#submit-login')).toBe(true)
    expect((await agent.get(page.url)).has('#submit-login')).toBe(true)
  })

  it('X-23 the page of the code is nobody else’s, nor does it take a code from there', async () => {
    const { person, app } = await careful()
    const { page } = await gate.code(createAgent(), person)
    const thief = createAgent()
    const seen = await thief.get(page.url)
    expect([seen.status, errorOf(seen), seen.html.includes(person.login)]).toEqual([
      400,
      'start_again',
      false,
    ])
    const code = app.code()
    for (const step of ['second-factor', 'passkey', 'passkey/options', 'enrol', 'codes-saved', 'restart']) {
      const answer = await gate.post(thief, page, step, { code, response: '{}' })
      expect([step, answer.status]).toEqual([step, 400])
    }
  })
})

it('C-24 the options of a passkey name no credential before the first factor, whoever is hinted at', async () => {
  const { person } = await careful()
  const options = async (parameters: Record<string, string>) => {
    const agent = createAgent()
    const { page } = await gate.open(agent, parameters)
    const answer = await gate.post(agent, page, 'passkey/options', {})
    const { challenge, ...rest } = JSON.parse(answer.html)
    expect(challenge).toMatch(/^[\w-]{43}$/)
    return rest
  }
  const known = await options({ login_hint: person.login })
  expect(known).toMatchObject({ allowCredentials: [], userVerification: 'required' })
  expect(await options({ login_hint: 'nobody@example.com' })).toEqual(known)
})

it('says what a passkey answer is that is none: damaged, for another challenge, too large', async () => {
  const agent = createAgent()
  const { page } = await gate.open(agent)
  const answer = (response: string) => gate.post(agent, page, 'passkey', { response })
  const junk = JSON.stringify({ id: 'AA', rawId: 'AA', type: 'public-key', response: {} })
  for (const [response, status, code] of [
    ['{', 400, 'bad_request'],
    [junk, 422, 'passkey_refused'],
    ['"text"', 422, 'passkey_refused'],
    [JSON.stringify('x'.repeat(20_000)), 400, 'bad_request'],
  ] as const) {
    const refused = await answer(response)
    expect([refused.status, errorOf(refused), refused.has('#submit-login')]).toEqual([status, code, true])
  }
})
