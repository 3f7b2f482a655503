import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { atConsole } from '../flows/at-console.ts'
import { type Beside, openBeside } from '../flows/factors-beside.ts'
import { restCalls } from '../flows/rest-calls.ts'
import { startSubject } from '../flows/subject.ts'
import type { Agent, Page } from '../support/browserless.ts'
import { linkIn, type MailFiles, mailFiles } from '../support/mail-files.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, csrfOn } from './attacker.ts'
import { wire } from './wire.ts'

const NEXT = 'copper kettle over the hill'

let server: RunningServer
let beside: Beside
let mails: MailFiles
let evil: Attacker
const rest = restCalls(() => server)

beforeAll(async () => {
  server = await startSubject({
    env: {
      ARGON2_MEMORY: '128',
      ARGON2_TIME: '1',
      LIMIT_MAIL_PREFIX: '1000',
      LIMIT_SIGN_IN_PREFIX: '1000',
      LIMIT_REGISTRATION_PREFIX: '1000',
    },
  })
  beside = await openBeside(server)
  mails = mailFiles(server)
  evil = attacker(server)
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

const tokenOf = (link: string): string => new URL(link).searchParams.get('token') ?? ''
const nextToken = async (to: string, subject: RegExp): Promise<string> =>
  tokenOf(linkIn(await mails.next({ to, subject })))

interface Form {
  agent: Agent
  path: string
  /** As its page would send them. */
  fields: Record<string, string>
  /** Nothing was changed, and the form is still good. */
  expectUntouched(): Promise<void>
}

const tokenForm = async (path: string, token: string, more: Record<string, string> = {}): Promise<Form> => {
  const agent = evil.browser()
  const url = `${server.issuer}${path}?token=${token}`
  const page = await agent.get(url)
  expect(page.status).toBe(200)
  return {
    agent,
    path,
    fields: { csrf: csrfOn(page), token, ...more },
    expectUntouched: async () => expect((await agent.get(url)).status).toBe(200),
  }
}

/** The forms outside of the console: those that letters lead to, and the one that asks for a letter. */
const forms: [string, () => Promise<Form>][] = [
  [
    '/recover',
    async () => {
      const { login: email } = await beside.newcomer()
      const agent = evil.browser()
      const csrf = csrfOn(await agent.get(`${server.issuer}/recover`))
      const expectUntouched = async () =>
        expect((await mails.all()).filter(({ to }) => to.includes(email))).toEqual([])
      return { agent, path: '/recover', fields: { csrf, email }, expectUntouched }
    },
  ],
  [
    '/reset',
    async () => {
      const { login: email } = await beside.newcomer()
      await rest.post('/auth/password/forgot', { email })
      return tokenForm('/reset', await nextToken(email, /new password/), { username: email, password: NEXT })
    },
  ],
  [
    '/verify',
    async () => {
      const email = `${randomBytes(8).toString('hex')}@example.com`
      await rest.post('/auth/register', { email, password: NEXT })
      return tokenForm('/verify', await nextToken(email, /./), { password: NEXT })
    },
  ],
  [
    '/account/address',
    async () => {
      const person = await beside.newcomer()
      const email = `${randomBytes(8).toString('hex')}@example.com`
      const { agent, page } = await atConsole(server, person, { path: '/account/email' })
      await agent.submit(page, '#submit-email', { email })
      return tokenForm('/account/address', await nextToken(email, /./), { password: person.password })
    },
  ],
  [
    '/account/restore',
    async () => {
      const person = await beside.newcomer()
      const { agent, page } = await atConsole(server, person, { path: '/account/leave' })
      await agent.submit(page, '#submit-leave', { confirm: person.login })
      return tokenForm('/account/restore', await nextToken(person.login, /./))
    },
  ],
]

const send = (
  { agent, path }: Pick<Form, 'agent' | 'path'>,
  fields: string | Record<string, string>,
  headers: Record<string, string> = {},
): Promise<Page> => {
  const from = { origin: server.issuer, 'sec-fetch-site': 'same-origin', ...headers }
  return agent.post(server.issuer + path, fields, { headers: from, stopAt: '' })
}

const encoded = (fields: Record<string, string>): string => new URLSearchParams(fields).toString()
/** Each of them would give every object a member `x` where fields are nested or merged. */
const POLLUTING =
  '__proto__[x]=1&__proto__.x=1&__proto__=1&constructor[prototype][x]=1&constructor.prototype.x=1'

const strangers: Record<string, string>[] = [
  { origin: 'https://evil.example', 'sec-fetch-site': '' },
  { origin: 'null', 'sec-fetch-site': '' },
  { origin: '', 'sec-fetch-site': '' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
]

describe.each(forms)('the form of %s', (_, open) => {
  it('X-22, N-52 is refused from another site, and without the token of this browser', async () => {
    const form = await open()
    for (const stranger of strangers)
      expect([stranger, (await send(form, form.fields, stranger)).status]).toEqual([stranger, 403])
    const another = csrfOn(await evil.browser().get(`${server.issuer}/recover`))
    const { page: visit } = await atConsole(server, await beside.newcomer())
    const own = form.fields.csrf ?? ''
    for (const csrf of ['', another, csrfOn(visit), own.slice(1), `${own}x`])
      expect([csrf, (await send(form, { ...form.fields, csrf })).status]).toEqual([csrf, 403])
    const elsewhere = { ...form, agent: evil.browser() }
    expect((await send(elsewhere, form.fields)).status).toBe(403)
    await form.expectUntouched()
  })

  it('X-20, C-33 takes no operator, list, repetition or prototype for a field', async () => {
    const form = await open()
    for (const name of Object.keys(form.fields).filter((field) => field !== 'csrf' && field !== 'username')) {
      const { [name]: value = '', ...rest } = form.fields
      const given = encodeURIComponent(value)
      for (const [spelling, status] of [
        [`${name}[$ne]=`, 400],
        [`${name}[]=${given}`, 400],
        [`${name}[0]=${given}&${name}[1]=${given}`, 400],
        [`${name}=${given}&${name}=${given}`, 400],
        [`__proto__[${name}]=${given}`, 400],
        [`${name}=%00${given}`, 400],
        [`${name}=%ed%a0%80`, 400],
      ] as const) {
        const answer = await send(form, `${encoded(rest)}&${spelling}`)
        // A password that is asked for only from strangers is missing, not malformed.
        const expected = name === 'password' && form.path !== '/reset' ? [400, 422] : [status]
        expect([spelling, expected.includes(answer.status)]).toEqual([spelling, true])
      }
    }
    await form.expectUntouched()
  })

  it('X-20, X-21, X-39 refuses what is no form, and more than 56 KiB', async () => {
    const form = await open()
    const body = encoded(form.fields)
    const types = ['application/json', 'text/plain', 'multipart/form-data; boundary=x', '']
    for (const type of types) expect((await send(form, body, { 'content-type': type })).status).toBe(415)
    expect((await send(form, body, { 'content-encoding': 'gzip' })).status).toBe(415)
    expect((await send(form, `${body}&x=${'x'.repeat(1 << 20)}`)).status).toBe(413)
    await form.expectUntouched()
  })

  it('C-22, C-37, X-39 has one spelling of its path', async () => {
    const form = await open()
    const { path, fields } = form
    for (const spelling of [
      `/${path}`,
      `${path}/`,
      `${path};x`,
      `${path}%2f`,
      path.toUpperCase(),
      `${path}/.`,
    ]) {
      const answer = await send({ ...form, path: spelling }, fields)
      // A client that puts `/.` straight asks for the folder.
      expect([spelling, answer.status]).toEqual([spelling, 404])
    }
    const lines = [`POST /x/..${path} HTTP/1.1`, 'Host: a', 'Content-Length: 0']
    expect((await wire(server, lines)).statuses).toEqual([404])
    await form.expectUntouched()
  })

  it('C-11, C-12, N-11 leads nowhere else, whatever stands in its address or its fields', async () => {
    const form = await open()
    const places = ['https://evil.example', '//evil.example', 'javascript:alert(1)', '/\\evil.example']
    for (const place of places)
      for (const name of ['next', 'return_to', 'redirect_uri', 'url', 'lang']) {
        const query = new URLSearchParams({ token: form.fields.token ?? '', [name]: place })
        const shown = await form.agent.get(`${server.issuer}${form.path}?${query}`, { stopAt: '' })
        expect([name, shown.status, shown.location]).toEqual([name, 200, undefined])
        expect(shown.html).not.toContain('javascript:')
      }
    await form.expectUntouched()
    const more = Object.fromEntries(
      ['next', 'return_to', 'redirect_uri'].map((name) => [name, places[0] ?? '']),
    )
    const done = await send(form, { ...form.fields, ...more })
    expect([done.status, new URL(done.location ?? '').origin]).toEqual([303, server.issuer])
  })

  it('C-30, N-12 starts no session: a 303, and no cookie that opens anything', async () => {
    const form = await open()
    const done = await send(form, `${encoded(form.fields)}&${POLLUTING}`)
    expect([done.status, done.headers['cache-control']]).toEqual([303, 'no-store'])
    for (const name of ['gatehouse_session', 'gatehouse_account'])
      expect(form.agent.cookies.find(name)).toBeUndefined()
  })

  it('N-14, N-16, N-20, N-36 is a page that nobody frames, keeps, or learns an address from', async () => {
    const form = await open()
    const page = await form.agent.get(`${server.issuer}${form.path}?token=${form.fields.token ?? ''}`)
    expect(page.headers).toMatchObject({
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
      expect(policy).toContain(directive)
    expect(policy).not.toMatch(/unsafe|https?:|\*/)
  })
})

it.each(['/reset', '/verify', '/register/confirm', '/account/address', '/account/restore'])(
  'C-33, X-30 %s has one answer for every token that is none',
  async (path) => {
    const pages = []
    for (const query of [
      'token=',
      'token=x',
      `token=${'A'.repeat(43)}`,
      `token=${'A'.repeat(5_000)}`,
      `token=a&token=b`,
      'token[]=x',
      'token[$ne]=x',
      'token=%00',
      'token=__proto__',
      '',
    ]) {
      const page = await evil.get(`${path}?${query}`)
      pages.push({ status: page.status, html: page.html })
    }
    expect(pages).toEqual(Array(pages.length).fill({ status: 400, html: pages[0]?.html }))
  },
)

it('C-16, C-35 a registration takes an address, a name and a password, and nothing else', async () => {
  const email = `${randomBytes(8).toString('hex')}@example.com`
  const agent = evil.browser()
  const csrf = csrfOn(await agent.get(`${server.issuer}/register`))
  const more = {
    sub: 'chosen',
    emailVerified: 'true',
    email_verified: 'true',
    roles: 'admin',
    'roles[0][roleId]': 'admin',
    disabled: 'false',
    validAfter: '0',
    createdAt: '0',
    factors: 'x',
    locale: 'xx',
    constructor: 'x',
  }
  await send({ agent, path: '/register' }, { csrf, email, password: NEXT, name: 'Kim', ...more })
  const made = await beside.find(email)
  expect(made).toMatchObject({ email, emailVerified: false, name: 'Kim', locale: 'en', disabled: false })
  expect(made.sub).not.toBe('chosen')
  expect([made.createdAt > 0, made.validAfter > 0, made.factors.totp]).toEqual([true, true, undefined])
  expect(Object.hasOwn(made, 'email_verified')).toBe(false)
})

it('C-13, X-27 no letter that is asked for under another host leads there, from a page or over REST', async () => {
  const hostile = {
    host: 'evil.example',
    'x-forwarded-host': 'evil.example',
    'x-forwarded-proto': 'https',
    forwarded: 'host=evil.example;proto=https',
  }
  const fresh = (): string => `${randomBytes(8).toString('hex')}@example.com`
  const agent = evil.browser(hostile)
  const [first, second, third] = [fresh(), fresh(), fresh()]
  const { login } = await beside.newcomer()
  const registration = await agent.get(`${server.issuer}/register`)
  await agent.submit(registration, '#submit-register', { email: first, password: NEXT })
  await agent.submit(await agent.get(`${server.issuer}/recover`), '#submit-recover', { email: login })
  await rest.post('/auth/register', { email: second, password: NEXT }, hostile)
  await rest.post('/auth/email/resend', { email: second }, hostile)
  const { page } = await atConsole(server, await beside.newcomer(), { agent, path: '/account/email' })
  await agent.submit(page, '#submit-email', { email: third })
  for (const to of [first, login, second, second, third]) {
    const mail = await mails.next({ to })
    expect(new URL(linkIn(mail)).origin).toBe(server.issuer)
    expect(mail.raw).not.toContain('evil.example')
  }
})
