import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { answerFor, atConsole, leaving } from '../flows/at-console.ts'
import { type App, type Beside, openBeside } from '../flows/factors-beside.ts'
import { bearer, restCalls } from '../flows/rest-calls.ts'
import { startSubject } from '../flows/subject.ts'
import { softwareAuthenticator } from '../support/authenticator.ts'
import type { Agent, Page } from '../support/browserless.ts'
import { mailFiles } from '../support/mail-files.ts'
import type { Credentials } from '../support/person.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, csrfOn } from './attacker.ts'
import { MARKUP } from './sound.ts'

const SECURITY = '/account/security'
const PAGES = [
  '/account',
  '/account/profile',
  '/account/email',
  '/account/password',
  SECURITY,
  `${SECURITY}/passkey`,
  '/account/devices',
  '/account/applications',
  '/account/activity',
  '/account/leave',
]
/** Forms of devices, applications and factors, with what a person would send. */
const forms: [string, Record<string, string>][] = [
  ['/account/devices/end', { id: 'A'.repeat(22) }],
  ['/account/devices/others', {}],
  ['/account/devices/everywhere', {}],
  ['/account/applications/remove', { client_id: 'shop' }],
  [`${SECURITY}/app`, { code: '123456' }],
  [`${SECURITY}/app/remove`, {}],
  [`${SECURITY}/codes`, {}],
  [`${SECURITY}/codes/saved`, {}],
  [`${SECURITY}/passkey`, { response: '{}', name: 'Key' }],
  [`${SECURITY}/passkey/options`, {}],
  [`${SECURITY}/passkey/name`, { id: 'AA', name: 'Key' }],
  [`${SECURITY}/passkey/remove`, { id: 'AA' }],
]

/** Pages that have nothing to show again: who has an app is led away, and what passkey is not there is not found. */
const WITHOUT_PAGE = new Map([
  [`${SECURITY}/app`, 303],
  [`${SECURITY}/passkey/name`, 404],
])

let server: RunningServer
let beside: Beside
let evil: Attacker
const rest = restCalls(() => server)

beforeAll(async () => {
  server = await startSubject({
    env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1', LIMIT_SIGN_IN_PREFIX: '10000' },
  })
  beside = await openBeside(server)
  evil = attacker(server)
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

const send = (
  agent: Agent,
  path: string,
  fields: string | Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Page> => {
  const from = { origin: server.issuer, 'sec-fetch-site': 'same-origin', ...headers }
  return agent.post(server.issuer + path, fields, { headers: from, stopAt: '' })
}

/** Somebody with an app, at the console by both factors a moment ago. */
const visitor = async (headers: Record<string, string> = {}) => {
  const person = await beside.newcomer()
  const { app } = await beside.giveApp(person.login)
  return { person, app, ...(await visit(person, app, headers)) }
}

const visit = async (person: Credentials, app: App, headers: Record<string, string> = {}) => {
  const agent = evil.browser(headers)
  const { page } = await atConsole(server, person, { agent })
  const entered = await agent.submit(page, '#submit-code', { code: app.code() })
  const csrf = csrfOn(entered)
  const before = await beside.find(person.login)
  const expectUntouched = async (): Promise<void> => {
    expect(await beside.find(person.login)).toEqual(before)
    expect((await agent.get(`${server.issuer}/account`)).text('main')).toContain(person.login)
  }
  return { agent, csrf, expectUntouched }
}

const strangers: Record<string, string>[] = [
  { origin: 'https://evil.example', 'sec-fetch-site': '' },
  { origin: 'null', 'sec-fetch-site': '' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
]

describe.each(forms)('the form of %s', (path, fields) => {
  const refused = (status: number): number => WITHOUT_PAGE.get(path) ?? status

  it('X-22, X-20, X-21 takes nothing from another site or visit, and nothing that is no form', async () => {
    const [{ agent, csrf, expectUntouched }, other] = [await visitor(), await visitor()]
    for (const headers of strangers)
      expect([headers, (await send(agent, path, { ...fields, csrf }, headers)).status]).toEqual([
        headers,
        403,
      ])
    const browser = csrfOn(await agent.get(`${server.issuer}/recover`))
    for (const token of ['', other.csrf, browser, csrf.slice(1), `${csrf}x`])
      expect([token, (await send(agent, path, { ...fields, csrf: token })).status]).toEqual([
        token,
        refused(403),
      ])
    const good = new URLSearchParams({ csrf, ...fields }).toString()
    expect((await send(agent, path, `${good}&${good}`)).status).toBe(refused(400))
    expect((await send(agent, path, `${good}&x=%00`)).status).toBe(refused(400))
    expect((await send(agent, path, good, { 'content-type': 'application/json' })).status).toBe(refused(415))
    expect((await send(agent, path, `${good}&x=${'x'.repeat(1 << 20)}`)).status).toBe(refused(413))
    await expectUntouched()
  })

  it('X-20, C-33 takes no operator, list or prototype for a field', async () => {
    const { agent, csrf, expectUntouched } = await visitor()
    for (const name of Object.keys(fields))
      for (const spelling of [`${name}[$ne]=x`, `${name}[]=x`, `__proto__[${name}]=x`]) {
        const all: Record<string, string> = { csrf, ...fields }
        const { [name]: _, ...others } = all
        const answer = await send(agent, path, `${new URLSearchParams(others)}&${spelling}`)
        expect([spelling, answer.status]).toEqual([spelling, refused(400)])
      }
    await expectUntouched()
  })

  it('C-22, C-37, X-39 has one spelling of its path', async () => {
    const { agent, csrf, expectUntouched } = await visitor()
    for (const spelling of [`/${path}`, `${path}/`, `${path};x`, `${path}%2f`, path.toUpperCase()])
      expect([spelling, (await send(agent, spelling, { ...fields, csrf })).status]).toEqual([spelling, 404])
    await expectUntouched()
  })
})

const addPasskey = async (agent: Agent, csrf: string, name: string): Promise<string> => {
  const path = `${SECURITY}/passkey`
  const options = await send(agent, `${path}/options`, { csrf })
  const device = softwareAuthenticator({ origin: server.issuer, counter: 0 })
  const response = JSON.stringify(device.create(JSON.parse(options.html)))
  expect((await send(agent, path, { csrf, response, name })).status).toBe(303)
  return device.id
}

describe('what belongs to somebody else', () => {
  it('C-25 a session, passkey or application of another person is answered like none, and stays', async () => {
    const [mine, theirs] = [await visitor(), await visitor()]
    const id = await addPasskey(theirs.agent, theirs.csrf, 'Theirs')
    const { body } = await rest.post('/auth/login', {
      email: theirs.person.login,
      password: theirs.person.password,
    })
    const code = theirs.app.code()
    const tokens = (await rest.post('/auth/login/mfa', { challenge: body.challenge, code })).body
    const list = await fetch(`${server.issuer}/auth/sessions`, { headers: bearer(tokens.access_token) })
    const { sessions } = JSON.parse(await list.text())
    const { csrf, agent } = mine
    for (const [path, fields] of [
      ['/account/devices/end', { id: sessions[0].id }],
      ['/account/devices/end', { id: 'A'.repeat(22) }],
      [`${SECURITY}/passkey/remove`, { id }],
      [`${SECURITY}/passkey/remove`, { id: 'AA' }],
      ['/account/applications/remove', { client_id: 'gatehouse-api' }],
      ['/account/applications/remove', { client_id: 'gatehouse-account' }],
    ] as const)
      expect([path, (await send(agent, path, { csrf, ...fields })).status]).toEqual([path, 303])
    for (const other of [id, 'AA'])
      expect((await send(agent, `${SECURITY}/passkey/name`, { csrf, id: other, name: 'Mine' })).status).toBe(
        404,
      )
    expect((await rest.me(tokens.access_token)).status).toBe(200)
    expect((await beside.find(theirs.person.login)).factors.passkeys).toMatchObject([{ id, name: 'Theirs' }])
    expect((await beside.find(mine.person.login)).clientsValidAfter).toEqual([])
  })
})

it('C-12, X-35, X-40 names, passkeys and devices from outside are text on every page and in every letter', async () => {
  const { agent, csrf, person } = await visitor({ 'user-agent': `${MARKUP} Mozilla/5.0 ${MARKUP}` })
  const id = await addPasskey(agent, csrf, MARKUP)
  await rest.post(
    '/auth/login',
    { email: person.login, password: 'not the one at all' },
    { 'user-agent': `x-markup${MARKUP}` },
  )
  for (const path of PAGES) {
    const page = await agent.get(server.issuer + path)
    // The passkey has become a factor, so that some pages ask for a proof first.
    expect([path, page.status]).toEqual([path, 200])
  }
  const security = await agent.get(server.issuer + SECURITY)
  expect(security.text('main')).toContain(MARKUP)
  const named = await agent.get(`${server.issuer}${SECURITY}/passkey/name?id=${id}`)
  expect(named.select('#name')[0]?.attributes.value).toBe(MARKUP)
  await send(agent, `${SECURITY}/passkey/remove`, { csrf, id })
  const mails = (await mailFiles(server).all()).filter(({ to }) => to.includes(person.login))
  expect(mails.length).toBeGreaterThan(0)
  for (const { html, subject, raw } of mails) {
    expect(`${subject} ${html}`).not.toContain('<x-markup')
    expect(raw.split('\r\n\r\n')[0]).not.toContain('x-markup')
  }
})

it('N-14, N-16, N-20, N-36, N-CSP every page of the console is kept by nobody, framed by nobody, and opens nothing', async () => {
  const { agent } = await visitor()
  for (const path of PAGES) {
    const page = await agent.get(server.issuer + path)
    expect([path, page.status]).toEqual([path, 200])
    expect(page.headers, path).toMatchObject({
      'x-frame-options': 'DENY',
      'cache-control': 'no-store',
      'referrer-policy': 'same-origin',
      'cross-origin-opener-policy': 'same-origin',
      'x-content-type-options': 'nosniff',
    })
    const policy = String(page.headers['content-security-policy'])
    for (const directive of [
      "default-src 'none'",
      "base-uri 'none'",
      "frame-ancestors 'none'",
      "form-action 'self'",
    ])
      expect(policy, path).toContain(directive)
    expect(policy, path).not.toMatch(/unsafe|https?:|\*/)
    expect(page.html, path).not.toMatch(/ style=| on[a-z]+="/)
  }
})

it('C-11, C-12, C-30 the way in leads back to a page of the console only, and its answer is good once and here', async () => {
  const person = await beside.newcomer()
  for (const path of [
    '/account/profile?next=https://evil.example',
    '/account/profile?return_to=//evil.example',
    '/account/profile?lang=//evil.example',
    '/account/profile?x=%0d%0aLocation:%20https://evil.example',
  ]) {
    const { page } = await atConsole(server, person, { agent: evil.browser(), path })
    const { origin, pathname } = new URL(page.url)
    expect([path, origin, page.status]).toEqual([path, server.issuer, 200])
    expect(['/account', '/account/profile']).toContain(pathname)
  }
  const plain = await beside.newcomer()
  const agent = evil.browser()
  const answer = await answerFor(server, agent, plain, await leaving(server, agent))
  expect((await evil.browser().get(answer.href)).status).toBe(400)
  expect((await agent.get(answer.href)).text('main')).toContain(plain.login)
  expect((await agent.get(answer.href)).status).toBe(400)
})
