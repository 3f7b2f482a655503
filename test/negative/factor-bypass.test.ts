import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { atConsole } from '../flows/at-console.ts'
import { type Beside, openBeside } from '../flows/factors-beside.ts'
import { errorOf, type Gate, gateOf, TWO } from '../flows/gate.ts'
import { bearer, expectProblem, restCalls } from '../flows/rest-calls.ts'
import { shop, startSubject } from '../flows/subject.ts'
import { softwareAuthenticator } from '../support/authenticator.ts'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { linkIn, type MailFiles, mailFiles } from '../support/mail-files.ts'
import type { Credentials } from '../support/person.ts'
import { relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { csrfOn } from './attacker.ts'

const NEXT = 'copper kettle over the hill'
const PASSKEY = '/account/security/passkey'
const CONSOLE = [
  '/account',
  '/account/profile',
  '/account/email',
  '/account/password',
  '/account/security',
  '/account/security/app',
  '/account/security/codes',
  PASSKEY,
  `${PASSKEY}/name?id=AA`,
  '/account/devices',
  '/account/applications',
  '/account/activity',
  '/account/leave',
]
const CONSOLE_FORMS = [
  '/account/profile',
  '/account/email',
  '/account/email/proof',
  '/account/password',
  '/account/security/app',
  '/account/security/app/remove',
  '/account/security/codes',
  '/account/security/codes/saved',
  PASSKEY,
  `${PASSKEY}/options`,
  `${PASSKEY}/name`,
  `${PASSKEY}/remove`,
  '/account/devices/end',
  '/account/devices/others',
  '/account/devices/everywhere',
  '/account/applications/remove',
  '/account/data',
  '/account/leave',
  '/account/sign-out',
]

let server: RunningServer
let beside: Beside
let mails: MailFiles
let gate: Gate
const rest = restCalls(() => server)

beforeAll(async () => {
  server = await startSubject({
    env: {
      ARGON2_MEMORY: '128',
      ARGON2_TIME: '1',
      LIMIT_MAIL_PREFIX: '1000',
      LIMIT_SIGN_IN_PREFIX: '1000',
    },
  })
  beside = await openBeside(server)
  mails = mailFiles(server)
  gate = await gateOf(server)
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

const here = () => ({ origin: server.issuer, 'sec-fetch-site': 'same-origin' })
const tokenOf = (link: string): string => new URL(link).searchParams.get('token') ?? ''
/** Somebody with an app and recovery codes. */
const withApp = async () => {
  const person = await beside.newcomer()
  return { person, ...(await beside.giveApp(person.login)) }
}
/** The password has been right, and nothing more. */
const halfway = async (person: Credentials) => {
  const agent = createAgent()
  const { page } = await gate.code(agent, person)
  expect(page.has('#submit-code')).toBe(true)
  return { agent, page }
}
const challengeOf = async ({ login: email, password }: Credentials): Promise<string> =>
  String((await rest.post('/auth/login', { email, password })).body.challenge)

/** Nobody is signed in: not at an application, the console or the API. */
const expectNobody = async (agent: Agent): Promise<void> => {
  expect((await gate.answered(agent, { prompt: 'none' })).get('error')).toBe('login_required')
  expect((await agent.get(`${server.issuer}/account`)).has('#submit-login')).toBe(true)
}

describe('after the password and before the second factor', () => {
  it('C-18 X-24 every page of the console asks for the whole sign-in, and shows nothing of the person', async () => {
    const { person } = await withApp()
    const { agent, page } = await halfway(person)
    for (const path of CONSOLE) {
      const shown = await agent.get(server.issuer + path)
      expect([path, shown.has('#submit-login'), shown.html.includes(person.login)]).toEqual([
        path,
        true,
        false,
      ])
    }
    expect((await agent.get(page.url)).has('#submit-code')).toBe(true)
    await expectNobody(agent)
  })

  it('C-18 X-24 no form of the console does anything, with whatever token of a page', async () => {
    const { person } = await withApp()
    const before = await beside.find(person.login)
    const { agent, page } = await halfway(person)
    const tokens = [csrfOn(page), csrfOn(await agent.get(`${server.issuer}/recover`))]
    for (const path of CONSOLE_FORMS)
      for (const csrf of tokens) {
        const fields = {
          csrf,
          password: NEXT,
          email: 'x@example.com',
          confirm: person.login,
          id: 'AA',
          name: 'x',
        }
        const { status, location } = await agent.post(server.issuer + path, fields, {
          headers: here(),
          stopAt: '',
        })
        expect([path, status, new URL(location ?? '').pathname]).toEqual([path, 303, '/oauth2/authorize'])
      }
    expect(await beside.find(person.login)).toEqual(before)
    await expectNobody(agent)
  })

  it('C-18 X-24 the callback of the console takes no code, state or session that was not asked for here', async () => {
    const { person } = await withApp()
    const { agent, page } = await halfway(person)
    const uid = page.url.replace(/.*interaction\//, '').replace(/[/?].*/, '')
    for (const query of [
      `code=${uid}&state=${uid}`,
      `code=${uid}&state=`,
      `code=x&state=x&state=y`,
      'error=x',
    ]) {
      const url = `${server.issuer}/account/callback?${query}&iss=${encodeURIComponent(server.issuer)}`
      expect([query, (await agent.get(url)).status]).toEqual([query, 400])
    }
    await expectNobody(agent)
  })

  it('C-18 X-24 other interactions, other applications and the way back know nothing of it', async () => {
    const { person, app } = await withApp()
    const { agent, page } = await halfway(person)
    const party = await relyingParty(server.issuer, shop)
    expect((await agent.get((await party.leave()).url)).has('#submit-login')).toBe(true)
    const other = (await gate.open(agent)).page
    expect(other.has('#submit-login')).toBe(true)
    const crossed = await gate.post(agent, other, 'second-factor', { code: app.code() })
    expect([crossed.has('#submit-login'), crossed.location]).toEqual([true, undefined])
    for (const step of ['codes-saved', 'enrol', 'restore', 'consent', 'enrol/passkey'])
      expect([
        step,
        (await gate.post(agent, page, step, { code: '1', decision: 'allow', response: '{}' })).location,
      ]).toEqual([step, undefined])
    expect((await agent.get(gate.resumeOf(page), gate.stop)).location).toBeUndefined()
    await expectNobody(agent)
  })

  it('C-18 X-24 the API takes neither its challenge nor anything of the browser', async () => {
    const { person } = await withApp()
    const { agent, page } = await halfway(person)
    const challenge = await challengeOf(person)
    const cookies = agent.cookies.all().map(({ value }) => value)
    const uid = page.url.replace(/.*interaction\//, '').replace(/[/?].*/, '')
    const cookie = agent.cookies
      .all()
      .map(({ name, value }) => `${name}=${value}`)
      .join('; ')
    for (const secret of [challenge, uid, csrfOn(page), ...cookies]) {
      expectProblem(await rest.me(secret), 401, 'invalid_token')
      expectProblem(await rest.refresh(secret), 401, 'invalid_token')
      const change = { current_password: person.password, password: NEXT }
      expectProblem(await rest.post('/auth/password/change', change, bearer(secret)), 401, 'invalid_token')
    }
    const withCookies = await fetch(`${server.issuer}/auth/me`, { headers: { cookie } })
    expect(withCookies.status).toBe(401)
    for (const path of ['/auth/sessions', '/auth/sessions/x']) {
      const { status } = await fetch(server.issuer + path, { method: 'DELETE', headers: { cookie } })
      expect(status).toBe(401)
    }
  })

  it('C-18 signing in as somebody else in between takes nothing along', async () => {
    const [{ person, app }, other] = [await withApp(), await beside.newcomer()]
    const { agent, page } = await halfway(person)
    const done = await gate.post(agent, page, 'sign-in', { ...other })
    expect(done.location).toContain('code=')
    const again = await gate.post(agent, page, 'second-factor', { code: app.code() })
    expect(again.has('[data-error=start_again]')).toBe(true)
    expect((await agent.get(`${server.issuer}/account`)).text('main')).toContain(other.login)
  })
})

describe('the second factor is still asked', () => {
  const expectAsked = async (person: Credentials): Promise<void> => {
    const { agent } = await halfway(person)
    await expectNobody(agent)
    const { email, password } = { email: person.login, password: person.password }
    expectProblem(await rest.post('/auth/login', { email, password }), 401, 'mfa_required')
  }

  it('C-18 X-30 after a reset, on the page and over REST', async () => {
    const { person } = await withApp()
    await rest.post('/auth/password/forgot', { email: person.login })
    const link = linkIn(await mails.next({ to: person.login, subject: 'Set a new password' }))
    const agent = createAgent()
    await agent.submit(await agent.get(link), '#submit-reset', { password: NEXT })
    await expectNobody(agent)
    await expectAsked({ ...person, password: NEXT })
    await rest.post('/auth/password/forgot', { email: person.login })
    const again = linkIn(await mails.next({ to: person.login, subject: 'Set a new password' }))
    const body = { token: tokenOf(again), password: `${NEXT} twice` }
    expect((await rest.post('/auth/password/reset', body)).status).toBe(204)
    await expectAsked({ ...person, password: body.password })
  })

  it('C-18 of a reset that a half-done sign-in sees: both halves are worth nothing', async () => {
    const { person, app, codes } = await withApp()
    const { agent, page } = await halfway(person)
    const challenge = await challengeOf(person)
    await rest.post('/auth/password/forgot', { email: person.login })
    const token = tokenOf(linkIn(await mails.next({ to: person.login, subject: 'Set a new password' })))
    expect((await rest.post('/auth/password/reset', { token, password: NEXT })).status).toBe(204)
    const answer = await gate.post(agent, page, 'second-factor', { code: app.code() })
    expect([answer.location, answer.has('#submit-login')]).toEqual([undefined, true])
    const finished = await rest.post('/auth/login/mfa', { challenge, code: codes[0] })
    expectProblem(finished, 401, 'invalid_challenge')
  })

  it('C-18 in a sign-in that is proved again by the password alone', async () => {
    const { person, app } = await withApp()
    const agent = createAgent()
    await gate.signIn(agent, person, app.code())
    for (const parameters of [{ prompt: 'login' }, { max_age: '0' }]) {
      const { page } = await gate.open(agent, parameters)
      const next = await agent.submit(page, '#submit-login', { ...person }, gate.stop)
      expect([next.has('#submit-code'), next.location]).toEqual([true, undefined])
    }
    expect(await gate.silently(agent)).toMatchObject({ acr: TWO })
  })

  it('C-18 of a session from before it: at the next application, and before a change in the console', async () => {
    const person = await beside.newcomer()
    const { agent } = await atConsole(server, person)
    await beside.giveApp(person.login)
    await expect
      .poll(async () => (await gate.answered(agent, { prompt: 'none' })).get('error'))
      .toBe('login_required')
    for (const path of ['/account/email', '/account/leave', '/account/security/app', PASSKEY])
      expect([path, (await agent.get(server.issuer + path)).has('#submit-code')]).toEqual([path, true])
  })

  it('C-18 of tokens of the API from before it: a changed password gives none by one factor', async () => {
    const person = await beside.newcomer()
    const { body } = await rest.login(person)
    await beside.giveApp(person.login)
    const change = { current_password: person.password, password: NEXT }
    await expect.poll(async () => (await rest.login(person)).body.code).toBe('mfa_required')
    const answer = await rest.post('/auth/password/change', change, bearer(body.access_token))
    expectProblem(answer, 401, 'insufficient_user_authentication')
    expect(answer.headers.get('www-authenticate')).toContain(`acr_values="${TWO}"`)
    await expectAsked(person)
  })
})

describe('a passkey', () => {
  const withPasskey = async () => {
    const person = await beside.newcomer()
    const { agent, page } = await atConsole(server, person, { path: PASSKEY })
    const csrf = csrfOn(page)
    const options = await agent.post(`${page.url}/options`, { csrf }, { headers: here() })
    const device = softwareAuthenticator({ origin: server.issuer, counter: 0 })
    const response = JSON.stringify(device.create(JSON.parse(options.html)))
    await agent.post(page.url, { csrf, response, name: 'x' }, { headers: here() })
    expect((await beside.find(person.login)).factors.passkeys).toHaveLength(1)
    return { person, device }
  }
  const optionsFor = async (agent: Agent, page: Page) =>
    JSON.parse((await gate.post(agent, page, 'passkey/options', {})).html)
  const send = (agent: Agent, page: Page, response: object): Promise<Page> =>
    gate.post(agent, page, 'passkey', { response: JSON.stringify(response) })

  it('X-10 X-25 is good once, of many at the same time and again later', async () => {
    const { device } = await withPasskey()
    const agent = createAgent()
    const { page } = await gate.open(agent)
    const answer = device.get(await optionsFor(agent, page))
    const answers = await Promise.all(Array.from({ length: 4 }, () => send(agent, page, answer)))
    expect(answers.filter(({ location }) => location?.includes('code='))).toHaveLength(1)
    const other = createAgent()
    const again = await send(other, (await gate.open(other)).page, answer)
    expect([again.location, errorOf(again)]).toEqual([undefined, 'passkey_refused'])
  })

  it('C-18 X-23 is good in the interaction that asked, and in no other one', async () => {
    const { device } = await withPasskey()
    const [mine, theirs] = [createAgent(), createAgent()]
    const answer = device.get(await optionsFor(mine, (await gate.open(mine)).page))
    const crossed = await send(theirs, (await gate.open(theirs)).page, answer)
    expect([crossed.location, errorOf(crossed)]).toEqual([undefined, 'passkey_refused'])
  })

  it('C-18 that did not verify its user is no sign-in alone, and one that names another person is none', async () => {
    const { device } = await withPasskey()
    const { sub } = await beside.find((await beside.newcomer()).login)
    const named = Buffer.from(sub).toString('base64url')
    for (const deviation of [
      { isUnverified: true },
      { userHandle: named },
      { origin: 'https://evil.example' },
    ]) {
      const agent = createAgent()
      const { page } = await gate.open(agent)
      const answer = await send(agent, page, device.get(await optionsFor(agent, page), deviation))
      expect([deviation, answer.location]).toEqual([deviation, undefined])
      await expectNobody(agent)
    }
  })

  it('C-18 of one person completes nobody else’s password', async () => {
    const [{ person }, other] = [await withPasskey(), await withPasskey()]
    const { agent, page } = await halfwayTo(person)
    const options = await optionsFor(agent, page)
    const answer = await send(agent, page, other.device.get(options))
    expect([answer.location, errorOf(answer)]).toEqual([undefined, 'passkey_refused'])
    await expectNobody(agent)
  })

  const halfwayTo = async (person: Credentials) => {
    const agent = createAgent()
    const { page } = await gate.code(agent, person)
    return { agent, page }
  }
})

it('C-30 a sign-in over REST takes nothing that comes with it, and gives tokens that nobody knew before', async () => {
  const [person, other] = [await beside.newcomer(), await beside.newcomer()]
  const planted = (await rest.login(other)).body
  const headers = {
    ...bearer(planted.access_token),
    cookie: 'gatehouse_session=planted; gatehouse_account=planted',
  }
  const { body, headers: answered } = await rest.post(
    '/auth/login',
    { email: person.login, password: person.password, refresh_token: planted.refresh_token, sid: 'planted' },
    headers,
  )
  expect(answered.get('set-cookie')).toBeNull()
  expect([body.access_token, body.refresh_token]).not.toContain(planted.refresh_token)
  expect((await rest.me(body.access_token)).body).toMatchObject({ email: person.login })
  expect((await rest.me(planted.access_token)).body).toMatchObject({ email: other.login })
})
