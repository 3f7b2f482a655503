import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import type { Credentials } from '../support/person.ts'
import type { RunningServer } from '../support/server.ts'
import { atConsole } from './at-console.ts'
import { type Beside, openBeside } from './factors-beside.ts'
import { startSubject } from './subject.ts'

let server: RunningServer
let beside: Beside

beforeAll(async () => {
  server = await startSubject({ env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1' } })
  beside = await openBeside(server)
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

const NEW_PASSWORD = 'silver gulls above the mole'
/** Every form of the console: the page with its token, where it is sent, and what a person would send. */
const forms: [path: string, page: string, fields: (person: Credentials) => Record<string, string>][] = [
  ['/account/profile', '/account/profile', () => ({ name: 'Planted', locale: 'ru' })],
  ['/account/email', '/account/email', () => ({ email: 'planted@example.com' })],
  ['/account/email/proof', '/account', () => ({})],
  [
    '/account/password',
    '/account/password',
    ({ password }) => ({ current: password, password: NEW_PASSWORD }),
  ],
  ['/account/data', '/account', () => ({})],
  ['/account/leave', '/account/leave', ({ login }) => ({ confirm: login })],
  ['/account/sign-out', '/account', () => ({})],
]

const csrfOn = (page: Page): string => page.select('input[name=csrf]')[0]?.attributes.value ?? ''

const send = (
  agent: Agent,
  path: string,
  fields: string | Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Page> => {
  const from = { origin: server.issuer, 'sec-fetch-site': 'same-origin', ...headers }
  return agent.post(server.issuer + path, fields, { headers: from, stopAt: '' })
}

const newcomer = async (path = '/account') => {
  const person = await beside.newcomer()
  const before = await beside.find(person.login)
  const { agent, page } = await atConsole(server, person, { path })
  const expectUntouched = async (): Promise<void> => {
    expect(await beside.find(person.login)).toEqual(before)
    expect((await agent.get(`${server.issuer}/account`)).text('main')).toContain(person.login)
  }
  return { person, agent, page, csrf: csrfOn(page), before, expectUntouched }
}

const strangers: Record<string, string>[] = [
  { origin: 'https://evil.example', 'sec-fetch-site': '' },
  { origin: 'null', 'sec-fetch-site': '' },
  { origin: '', 'sec-fetch-site': '' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
]

describe.each(forms)('the form of %s', (path, page, fields) => {
  it('X-22, N-52 is refused from another site, and without the token of this visit', async () => {
    const { agent, person, csrf, expectUntouched } = await newcomer(page)
    const another = (await newcomer()).csrf
    const browser = csrfOn(await agent.get(`${server.issuer}/register`))
    for (const headers of strangers) {
      expect((await send(agent, path, { ...fields(person), csrf }, headers)).status).toBe(403)
    }
    for (const token of ['', another, browser, csrf.slice(1), `${csrf}x`]) {
      const answer = await send(agent, path, { ...fields(person), csrf: token })
      expect([token, answer.status]).toEqual([token, 403])
    }
    await expectUntouched()
  })

  it('asks who is not signed in to sign in, and changes nothing', async () => {
    const { person, csrf, expectUntouched } = await newcomer(page)
    const answer = await send(createAgent(), path, { ...fields(person), csrf })
    expect([answer.status, new URL(answer.location ?? '').pathname]).toEqual([303, '/oauth2/authorize'])
    await expectUntouched()
  })

  it('X-20, X-21, X-40 refuses what is no form: a repeated field, NUL, JSON, a megabyte', async () => {
    const { agent, csrf, expectUntouched } = await newcomer(page)
    const good = `csrf=${csrf}`
    expect((await send(agent, path, `${good}&${good}`)).status).toBe(400)
    expect((await send(agent, path, `${good}&name=%00`)).status).toBe(400)
    expect((await send(agent, path, `${good}&name=%ff`)).status).toBe(400)
    expect((await send(agent, path, '{}', { 'content-type': 'application/json' })).status).toBe(415)
    expect((await send(agent, path, `${good}&name=${'x'.repeat(1 << 20)}`)).status).toBe(413)
    await expectUntouched()
  })
})

it('X-20 an operator in place of a field is a missing field', async () => {
  const { agent, csrf, expectUntouched } = await newcomer()
  const asked: [string, string][] = [
    ['/account/profile', 'name=Kim&locale[$ne]=x'],
    ['/account/email', 'email[$ne]=x'],
    ['/account/password', 'current[$gt]=&password[$ne]=x'],
    ['/account/leave', 'confirm[$regex]=.*'],
    ['/account/profile', '__proto__[locale]=ru&constructor.prototype.locale=ru'],
  ]
  for (const [path, fields] of asked) {
    expect((await send(agent, path, `csrf=${csrf}&${fields}`)).status).toBe(400)
  }
  await expectUntouched()
})

it('C-35 a profile is a name and a language; nothing else of the account moves', async () => {
  const { agent, person, csrf, before } = await newcomer()
  const more = {
    sub: 'another',
    email: 'planted@example.com',
    emailKey: 'planted@example.com',
    email_verified: 'true',
    emailVerified: 'false',
    password: 'planted',
    roles: 'admin',
    'roles[0][roleId]': 'admin',
    disabled: 'true',
    validAfter: '0',
    version: '99',
    __proto__: '1',
    constructor: 'x',
  }
  const answer = await send(agent, '/account/profile', { name: '  Kim  Q. ', locale: 'ru', ...more, csrf })
  expect([answer.status, answer.location]).toEqual([303, `${server.issuer}/account?lang=ru`])
  const { version, updatedAt, ...after } = await beside.find(person.login)
  expect(after).toEqual({
    ...before,
    name: 'Kim  Q.',
    locale: 'ru',
    version: undefined,
    updatedAt: undefined,
  })
  const page = await agent.get(answer.location ?? '')
  expect([page.text('[role=status]'), page.select('html')[0]?.attributes.lang]).toEqual([
    'Профиль сохранён.',
    'ru',
  ])
  // Told once.
  expect((await agent.get(`${server.issuer}/account`)).has('[role=status]')).toBe(false)
})

it.each(['<img onerror=alert(1)>', 'Kim\u202eevil', 'http://evil.example', 'K'.repeat(101)])(
  'X-35 refuses the name %s and shows it harmless',
  async (name) => {
    const { agent, csrf, expectUntouched } = await newcomer()
    const answer = await send(agent, '/account/profile', { name, locale: 'en', csrf })
    expect([answer.status, answer.has('#name-fault'), answer.has('img')]).toEqual([422, true, false])
    expect(answer.select('#name')[0]?.attributes.value).toBe(name)
    await expectUntouched()
  },
)

it('X-35 refuses a language that there is not', async () => {
  const { agent, csrf, expectUntouched } = await newcomer()
  for (const locale of ['xx', '../en', 'en&lang=ru', '']) {
    expect((await send(agent, '/account/profile', { name: 'Kim', locale, csrf })).status).toBe(400)
  }
  await expectUntouched()
})

it('X-32, X-31 refuses an address that is none, at once', async () => {
  const { agent, csrf, expectUntouched } = await newcomer()
  const started = performance.now()
  const wrong = ['', 'kim', 'a@b,c@d', '"kim"@evil', 'kim@example.com\r\nBcc: x@y', 'a@'.repeat(500)]
  for (const email of wrong) {
    const answer = await send(agent, '/account/email', { email, csrf })
    expect([email, answer.status, answer.has('#email-fault')]).toEqual([email, 422, true])
  }
  expect((await send(agent, '/account/email', { email: 'a@a.'.repeat(1000), csrf })).status).toBe(400)
  expect(performance.now() - started).toBeLessThan(5_000)
  await expectUntouched()
})

it('X-21 looks at no password beyond 1024 bytes', async () => {
  const { agent, csrf, person, expectUntouched } = await newcomer()
  for (const fields of [
    { current: 'x'.repeat(1025), password: NEW_PASSWORD },
    { current: person.password, password: 'x'.repeat(1025) },
  ]) {
    const answer = await send(agent, '/account/password', { ...fields, csrf })
    expect([answer.status, answer.html.includes('xxxx')]).toEqual([400, false])
  }
  await expectUntouched()
})
