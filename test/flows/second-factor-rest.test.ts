import { setTimeout as sleep } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Account } from '../../src/domain/ports.ts'
import { parallel } from '../contract/open-for-test.ts'
import { mailFiles } from '../support/mail-files.ts'
import type { Credentials } from '../support/person.ts'
import type { RunningServer } from '../support/server.ts'
import { storeBeside } from './beside.ts'
import { type App, type Beside, openBeside } from './factors-beside.ts'
import { startSubject } from './subject.ts'

let server: RunningServer
let beside: Beside
beforeAll(async () => {
  server = await startSubject({
    env: { MFA_REQUIRED_ROLES: 'idle', ARGON2_MEMORY: '128', ARGON2_TIME: '1' },
  })
  beside = await openBeside(server)
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

interface Answer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

const send = async (path: string, init: RequestInit): Promise<Answer> => {
  const answer = await fetch(server.issuer + path, init)
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) }
}
const post = (path: string, body: unknown): Promise<Answer> =>
  send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(body),
  })
const me = (token: unknown) => send('/auth/me', { headers: { authorization: `Bearer ${token}` } })
const login = ({ login: email, password }: Credentials) => post('/auth/login', { email, password })
const finish = (challenge: unknown, code: unknown) => post('/auth/login/mfa', { challenge, code })
const outcome = ({ status, body }: Answer) => [status, body.code]

/** Somebody with an app and recovery codes. */
const withApp = async () => {
  const person = await beside.newcomer()
  return { person, ...(await beside.giveApp(person.login)) }
}
/** The password has been right. */
const challengeOf = async (person: Credentials): Promise<string> => {
  const { status, body } = await login(person)
  if (status !== 401 || typeof body.challenge !== 'string') throw new Error(`no challenge: ${status}`)
  return body.challenge
}
const signIn = async (person: Credentials, app: App) => finish(await challengeOf(person), app.code())

/** Changes an account as a command beside the server does. */
const change = async (person: Credentials, changes: Partial<Account>): Promise<void> => {
  const store = await storeBeside(server)
  await store.accounts.replace({ ...(await beside.find(person.login)), ...changes })
  await store.close()
}
const eventsOf = async (person: Credentials): Promise<string[]> => {
  const { sub } = await beside.find(person.login)
  const store = await storeBeside(server)
  const events = await store.audit.list({ limit: 100, sub })
  await store.close()
  return events.map(({ type }) => type)
}
/** How often each event was written; they are stored a moment after the answer. */
const settled = async (person: Credentials): Promise<Record<string, number>> => {
  await expect.poll(() => eventsOf(person), { timeout: 10_000 }).toContain('second_factor.asked')
  await sleep(500)
  const byType = Object.groupBy(await eventsOf(person), (type) => type)
  return Object.fromEntries(Object.entries(byType).map(([type, events = []]) => [type, events.length]))
}

describe('a sign-in with a second factor', () => {
  it('C-18 gives a challenge for the right password, and nothing that opens anything', async () => {
    const { person } = await withApp()
    const { status, headers, body } = await login(person)
    expect({ status, ...body }).toEqual({
      type: 'about:blank',
      title: expect.any(String),
      status: 401,
      code: 'mfa_required',
      request_id: expect.any(String),
      challenge: expect.stringMatching(/^[\w-]{43}$/),
      methods: ['totp', 'recovery_code'],
    })
    expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('set-cookie')).toBeNull()
    expect(outcome(await me(body.challenge))).toEqual([401, 'invalid_token'])
    expect(outcome(await post('/auth/refresh', { refresh_token: body.challenge }))).toEqual([
      401,
      'invalid_token',
    ])
    expect(await settled(person)).toEqual({ 'second_factor.asked': 1 })
  })

  it('gives tokens for a code of the app, which tell of two factors, also after a refresh', async () => {
    const { person, app } = await withApp()
    const { status, body } = await signIn(person, app)
    expect(status).toBe(200)
    const told = { acr: 'urn:gatehouse:2', amr: ['pwd', 'otp', 'mfa'], auth_time: expect.any(Number) }
    expect(decodeJwt(String(body.access_token))).toMatchObject(told)
    expect((await me(body.access_token)).body).toMatchObject({ email: person.login })
    const next = await post('/auth/refresh', { refresh_token: body.refresh_token })
    expect(decodeJwt(String(next.body.access_token))).toMatchObject(told)
    expect(await settled(person)).toMatchObject({ 'second_factor.asked': 1, 'sign_in.succeeded': 1 })
  })

  it('without one tells of one factor', async () => {
    const { body } = await login(await beside.newcomer())
    expect(decodeJwt(String(body.access_token))).toMatchObject({ acr: 'urn:gatehouse:1', amr: ['pwd'] })
  })

  it('takes a recovery code once, in any spelling, and tells its owner', async () => {
    const { person, codes } = await withApp()
    const [code = ''] = codes
    const first = await finish(await challengeOf(person), code.toLowerCase().replaceAll('-', ' '))
    expect(first.status).toBe(200)
    expect(outcome(await finish(await challengeOf(person), code))).toEqual([401, 'wrong_code'])
    const { raw } = await mailFiles(server).next({ to: person.login })
    expect(raw).not.toContain(code)
  })

  it('leaves the challenge good after a wrong code, and uses it up with a right one', async () => {
    const { person, app } = await withApp()
    const challenge = await challengeOf(person)
    expect(outcome(await finish(challenge, '2222-2222-2222'))).toEqual([401, 'wrong_code'])
    expect((await finish(challenge, app.code())).status).toBe(200)
    expect(outcome(await finish(challenge, app.code()))).toEqual([401, 'invalid_challenge'])
  })

  it('wants one set up first where a role demands it', async () => {
    const person = await beside.newcomer()
    await beside.addRole(person.login, 'idle')
    const { status, body } = await login(person)
    expect({ status, ...body }).toMatchObject({
      status: 403,
      code: 'mfa_enrolment_required',
      enrolment_uri: `${server.issuer}/account/security`,
    })
    expect(JSON.stringify(body)).not.toMatch(/token|challenge/)
    const { app } = await beside.giveApp(person.login)
    expect((await signIn(person, app)).status).toBe(200)
  })

  it('C-24 tells of no second factor where the password is wrong', async () => {
    const { person } = await withApp()
    const answers = [
      await login({ login: person.login, password: 'not the one at all' }),
      await login({ login: 'nobody@example.com', password: 'not the one at all' }),
    ]
    const [one, other] = answers.map(({ status, body }) => ({ status, ...body, request_id: '' }))
    expect(one).toEqual(other)
    expect(one).toMatchObject({ code: 'wrong_credentials' })
  })
})

describe('codes under attack', () => {
  it('X-10 one code sent by many at once is one sign-in', async () => {
    const { person, app } = await withApp()
    const open = await parallel(4, () => challengeOf(person))
    const code = app.code()
    const answers = await Promise.all(open.map((challenge) => finish(challenge, code)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('X-10 one challenge answered by many at once is one sign-in', async () => {
    const { person, app, codes } = await withApp()
    const challenge = await challengeOf(person)
    const right = [app.code(), ...codes.slice(0, 3)]
    const answers = await Promise.all(right.map((code) => finish(challenge, code)))
    expect(answers.filter(({ status }) => status === 200)).toHaveLength(1)
  })

  it('X-25 C-19 of 1000 guesses by 20 sessions at once five are looked at, and the right code is limited too', async () => {
    const { person, app, codes } = await withApp()
    const open = await parallel(20, () => challengeOf(person))
    const guess = (index: number) => String(100_000 + index * 37)
    const sessions = await parallel(20, async (session) => {
      const answers: Answer[] = []
      for (let turn = 0; turn < 50; turn += 1)
        answers.push(await finish(open[session], guess(session * 50 + turn)))
      return answers
    })
    const told = sessions.flat().map((answer) => outcome(answer).join(' '))
    expect(new Set(told)).toEqual(new Set(['401 wrong_code', '429 too_many_attempts']))
    expect(told.filter((one) => one === '401 wrong_code')).toHaveLength(5)
    const limited = await finish(await challengeOf(person), app.code())
    expect(outcome(limited)).toEqual([429, 'too_many_attempts'])
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
    expect(outcome(await finish(open[0], codes[0]))).toEqual([429, 'too_many_attempts'])
    const { 'second_factor.failed': failed, 'second_factor.limited': refused } = await settled(person)
    expect([failed, refused]).toEqual([5, 1])
    const { to } = await mailFiles(server).next({ to: person.login })
    expect(to).toEqual([person.login])
  })

  it.each([
    [{ challenge: { $ne: '' }, code: '123456' }],
    [{ challenge: 'x', code: ['123456'] }],
    [{ challenge: 'x', code: 123456 }],
    [{ challenge: 'x' }],
    [{ 'challenge[$ne]': '', code: '123456' }],
    [{ challenge: 'x'.repeat(101), code: '123456' }],
  ])('X-20 takes nothing but texts: %j', async (body) => {
    expect(outcome(await post('/auth/login/mfa', body))).toEqual([400, 'bad_request'])
  })

  it.each(['', 'x', '__proto__', 'A'.repeat(43)])('X-20 knows no challenge %j', async (challenge) => {
    expect(outcome(await finish(challenge, '123456'))).toEqual([401, 'invalid_challenge'])
  })
})

describe('X-24 a challenge dies with', () => {
  it('a disabled account', async () => {
    const { person, app } = await withApp()
    const challenge = await challengeOf(person)
    await beside.disable(person.login)
    await expect.poll(async () => (await login(person)).body.code).toBe('wrong_credentials')
    expect(outcome(await finish(challenge, app.code()))).toEqual([401, 'invalid_challenge'])
  })

  it('a new password, or the end of all sessions', async () => {
    const { person, app } = await withApp()
    const challenge = await challengeOf(person)
    await change(person, { validAfter: Date.now(), passwordChangedAt: Date.now() })
    expect(outcome(await finish(challenge, app.code()))).toEqual([401, 'invalid_challenge'])
  })
})

it('an account whose deletion waits is told so after all factors, and not before', async () => {
  const [plain, { person, app }] = [await beside.newcomer(), await withApp()]
  const deletion = { due: Date.now() + 3_600_000, clientIds: [] }
  await change(plain, { deletion })
  await change(person, { deletion })
  expect(outcome(await login(plain))).toEqual([403, 'deletion_pending'])
  const wrong = { login: plain.login, password: 'not the one at all' }
  expect(outcome(await login(wrong))).toEqual([401, 'wrong_credentials'])
  expect(outcome(await signIn(person, app))).toEqual([403, 'deletion_pending'])
})

it('X-40 no code and no challenge is in the log', async () => {
  const { person, codes } = await withApp()
  const challenge = await challengeOf(person)
  await finish(challenge, codes[0])
  await finish(challenge, 'whispered')
  for (const secret of [challenge, codes[0] ?? '', 'whispered']) expect(server.output()).not.toContain(secret)
})
