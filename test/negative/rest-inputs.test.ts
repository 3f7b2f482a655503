import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import { parallel } from '../contract/open-for-test.ts'
import { type Beside, openBeside } from '../flows/factors-beside.ts'
import { bearer, expectProblem, type RestAnswer, restCalls } from '../flows/rest-calls.ts'
import { kim, startSubject } from '../flows/subject.ts'
import { linkIn, type MailFiles, mailFiles } from '../support/mail-files.ts'
import type { RunningServer } from '../support/server.ts'

/** Runs inside the server: at SIGUSR2 it prints what every object inherits. */
const WATCH = `process.on('SIGUSR2', () => {
  const names = []
  for (const name in {}) names.push(name)
  console.log('inherited: ' + JSON.stringify(names))
})`
const GOOD = 'amber otters over the weir'

/** What of the document is used here. */
const Document = z.object({
  paths: z.record(
    z.string(),
    z.record(
      z.string(),
      z.object({
        requestBody: z
          .object({
            content: z.object({
              'application/json': z.object({
                schema: z.object({ properties: z.record(z.string(), z.unknown()) }),
              }),
            }),
          })
          .optional(),
      }),
    ),
  ),
})

let server: RunningServer
let beside: Beside
let mails: MailFiles
/** Every call with a body: its path, and the names of its members, all of which are texts. */
let bodies: { path: string; members: string[] }[]
const rest = restCalls(() => server)

beforeAll(async () => {
  const NODE_OPTIONS = `--import=data:text/javascript,${encodeURIComponent(WATCH)}`
  server = await startSubject({
    env: {
      NODE_OPTIONS,
      ARGON2_MEMORY: '128',
      ARGON2_TIME: '1',
      LIMIT_MAIL_PREFIX: '1000',
      LIMIT_SIGN_IN_PREFIX: '10000',
      LIMIT_REGISTRATION_PREFIX: '1000',
    },
  })
  beside = await openBeside(server)
  mails = mailFiles(server)
  const { paths } = Document.parse(await (await fetch(`${server.issuer}/auth/openapi.json`)).json())
  bodies = Object.entries(paths).flatMap(([path, methods]) =>
    Object.values(methods).flatMap(({ requestBody }) =>
      requestBody
        ? [{ path, members: Object.keys(requestBody.content['application/json'].schema.properties) }]
        : [],
    ),
  )
  expect(bodies.length).toBeGreaterThan(9)
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

const address = (): string => `${randomBytes(8).toString('hex')}@example.com`
/** Somebody who calls with a good token, so that no body is spared by a missing one. */
const caller = async () => {
  const person = await beside.newcomer()
  const { body } = await rest.login(person)
  return { person, headers: bearer(body.access_token), token: String(body.access_token) }
}
const expectNoSuccess = ({ status, text, headers }: RestAnswer): void => {
  expect(status, text).toBeGreaterThanOrEqual(400)
  expect(status, text).toBeLessThan(500)
  expect(headers.get('location')).toBeNull()
  expect(text).not.toMatch(/"(access|refresh)_token":|node_modules|\.ts:\d|ZodError/)
}

it('X-20, C-33 no call takes an object, list, number or nothing for a text', async () => {
  const { headers } = await caller()
  for (const { path, members } of bodies)
    for (const member of members) {
      const good = Object.fromEntries(members.map((name) => [name, name === 'email' ? address() : 'x']))
      for (const bad of [{ $ne: '' }, { $gt: '' }, { $regex: '.*' }, ['x'], [], {}, 1, true])
        expectProblem(await rest.post(path, { ...good, [member]: bad }, headers), 400, 'bad_request')
    }
})

it('X-20, C-35 no call takes members from a prototype, or leaves any there', async () => {
  const { headers } = await caller()
  for (const { path, members } of bodies) {
    const good = JSON.stringify(Object.fromEntries(members.map((name) => [name, 'x'])))
    for (const body of [
      `{"__proto__":${good}}`,
      `{"constructor":{"prototype":${good}}}`,
      `{"__proto__":{"x":1},"constructor":{"prototype":{"x":1}}}`,
      `[${good}]`,
      JSON.stringify(good),
      'null',
      '1',
      '',
      '{',
      `{"x":${'['.repeat(20_000)}${']'.repeat(20_000)}}`,
    ]) {
      const answer = await rest.post(path, body, headers)
      // A call whose members may all be left out has nothing to refuse in an empty object.
      if (path === '/auth/email/resend' && body.startsWith('{"')) continue
      expectNoSuccess(answer)
    }
  }
  process.kill(server.pid, 'SIGUSR2')
  await expect.poll(() => /inherited: (.*)/.exec(server.output())?.[1]).toBe('[]')
})

it('X-20, X-22, X-39 no call takes a form of another site, another type, encoding or charset', async () => {
  const { headers } = await caller()
  for (const { path, members } of bodies) {
    const json = JSON.stringify(Object.fromEntries(members.map((name) => [name, 'x'])))
    for (const more of [
      { 'content-type': 'text/plain' },
      { 'content-type': 'application/x-www-form-urlencoded' },
      { 'content-type': 'multipart/form-data; boundary=x' },
      { 'content-type': 'application/json-patch+json' },
      { 'content-encoding': 'gzip' },
    ])
      expectProblem(await rest.post(path, json, { ...headers, ...more }), 415, 'unsupported_media_type')
    expectProblem(await rest.post(path, { x: 'x'.repeat(60_000) }, headers), 413, 'too_large')
  }
})

it('X-22 no cookie means anything to a call, and none is set', async () => {
  const { status, headers } = await fetch(`${server.issuer}/auth/login`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      cookie: 'gatehouse_session=x; gatehouse_account=x; gatehouse_csrf=x',
    },
    body: JSON.stringify({ email: kim.login, password: kim.password }),
  })
  expect([status, headers.get('set-cookie')]).toEqual([200, null])
})

describe('X-21 a password over REST', () => {
  const login = (email: string, password: unknown) => rest.post('/auth/login', { email, password })

  it('X-21 that is huge, empty or no text is refused before any hash', async () => {
    const { person, headers } = await caller()
    for (const password of ['x'.repeat(4_097), 'before\0after', '\ud800'])
      for (const answer of [
        await login(person.login, password),
        await rest.post('/auth/register', { email: address(), password }),
        await rest.post('/auth/password/reset', { token: 'x', password }),
        await rest.post('/auth/password/change', { current_password: password, password: GOOD }, headers),
        await rest.post('/auth/password/change', { current_password: GOOD, password }, headers),
        await rest.post('/auth/email/verify', { token: 'x', password }),
      ])
        expectProblem(answer, 400, 'bad_request')
    expectProblem(await login(person.login, ''), 401, 'wrong_credentials')
    expectProblem(await login(person.login, 'x'.repeat(1 << 20)), 413, 'too_large')
    expect((await rest.login(person)).status).toBe(200)
  })

  it('X-21 of any script passes, and is compared to the last character', async () => {
    const scripts = [0x410, 0x4e00, 0x1f300, 0x915, 0x10400, 0xac00]
    const points = Array.from({ length: 64 }, (_, i) => (scripts[i % 6] ?? 0) + ((i * i) % 31))
    for (const password of [String.fromCodePoint(...points), '  between the two of them  ']) {
      const email = address()
      expect((await rest.post('/auth/register', { email, password })).status).toBe(201)
      const characters = [...password]
      for (const wrong of [characters.slice(0, -1).join(''), `${password}x`, `${password} `])
        expect((await login(email, wrong)).status).toBe(401)
      expect((await login(email, password)).status).toBe(200)
    }
  })
})

describe('an e-mail address over REST', () => {
  it('X-31, C-17 in another spelling is the same account, and letters go to the stored one alone', async () => {
    const name = randomBytes(8).toString('hex')
    const email = `kim.${name}@example.com`
    expect((await rest.post('/auth/register', { email, password: GOOD })).status).toBe(201)
    const spellings = [
      ` ${email} `,
      email.toUpperCase(),
      email.replace('k', '\u212a'),
      email.replace('@', '\uff20'),
      email.replace('kim', '\uff4b\uff49\uff4d'),
      email.replace('example', '\uff45xample'),
    ]
    for (const other of spellings) {
      expectProblem(await rest.post('/auth/register', { email: other, password: GOOD }), 409, 'email_taken')
      expect((await rest.post('/auth/login', { email: other, password: GOOD })).status).toBe(200)
    }
    await mails.next({ to: email })
    for (const other of spellings.slice(0, 4)) await rest.post('/auth/password/forgot', { email: other })
    for (let n = 0; n < 4; n += 1)
      expect((await mails.next({ to: email, subject: /new password/ })).to).toEqual([email])
  })

  it.each([
    ['a list of two', (own: string) => `${own},evil@evil.example`],
    ['a quoted local part', (own: string) => `"${own}"@evil.example`],
    ['a line more', (own: string) => `${own}\r\nBcc: evil@evil.example`],
    ['a name and brackets', (own: string) => `Evil <${own}>`],
    ['a dotless i', (own: string) => own.replace('@', '\u0131@')],
    ['a dot at the end', (own: string) => `${own}.`],
    ['a blank inside', (own: string) => own.replace('@', ' @')],
    ['a group', (own: string) => `x:${own};`],
    ['a comment', (own: string) => own.replace('@', '(x)@')],
  ])('X-31, C-17 with %s is nobody who has an account', async (_, spell) => {
    const person = await beside.newcomer()
    const email = spell(person.login)
    const before = (await mails.all()).length
    expect((await rest.post('/auth/login', { email, password: person.password })).status).toBe(401)
    const asked = await rest.post('/auth/password/forgot', { email })
    expect([202, 422]).toContain(asked.status)
    await new Promise((resolve) => setTimeout(resolve, 100))
    const since = (await mails.all()).slice(before)
    expect(since.flatMap(({ to }) => to)).toEqual([])
  })

  it('X-32 that takes a careless pattern for ever is refused at once', async () => {
    const hostile = [
      'a@a.'.repeat(249),
      `${'a'.repeat(990)}!`,
      `a@${'a-'.repeat(490)}`,
      `${'a.'.repeat(490)}@x`,
      `x@${'\u0300'.repeat(900)}`,
    ]
    for (const email of hostile)
      for (const path of ['/auth/register', '/auth/login', '/auth/password/forgot', '/auth/email/resend']) {
        const started = performance.now()
        expectNoSuccess(await rest.post(path, { email, password: GOOD }))
        expect(performance.now() - started, `${path} ${email.slice(0, 20)}`).toBeLessThan(1_000)
      }
    expectProblem(
      await rest.post('/auth/login', { email: 'a@a.'.repeat(12_000), password: GOOD }),
      400,
      'bad_request',
    )
  })
})

it('C-35, C-16 no call sets a member of an account that it does not name', async () => {
  const email = address()
  const more = {
    sub: 'chosen',
    email_verified: true,
    emailVerified: true,
    emailKey: kim.login,
    roles: ['admin'],
    roleIds: ['admin'],
    disabled: false,
    validAfter: 0,
    factors: { passkeys: [{}] },
    passwordHash: 'x',
    passwordChangedAt: 1,
    version: 99,
    deletion: { due: 1 },
  }
  expect((await rest.post('/auth/register', { email, password: GOOD, ...more })).status).toBe(201)
  const made = await beside.find(email)
  const expectNothingMore = async (): Promise<void> => {
    const { sub, roles, emailKey, emailVerified, disabled, factors, deletion, createdAt } =
      await beside.find(email)
    expect({ sub, roles, emailKey, emailVerified, disabled, factors, deletion, createdAt }).toEqual({
      sub: made.sub,
      roles: made.roles,
      emailKey: email,
      emailVerified: false,
      disabled: false,
      factors: { totp: undefined, recoveryCodes: undefined, passkeys: [] },
      deletion: undefined,
      createdAt: made.createdAt,
    })
  }
  expect(made.sub).not.toBe('chosen')
  await expectNothingMore()
  const { body } = await rest.post('/auth/login', { email, password: GOOD, ...more })
  const change = { current_password: GOOD, password: `${GOOD} twice`, ...more }
  const changed = await rest.post('/auth/password/change', change, bearer(body.access_token))
  expect(changed.status).toBe(200)
  await rest.post('/auth/email/resend', more, bearer(changed.body.access_token))
  await expectNothingMore()
})

it('X-35, C-12 a name over REST is one line of text, and never markup, a link or 200 kB', async () => {
  for (const name of [
    '<img src=x onerror=alert(1)>',
    'javascript:alert(1)',
    'https://evil.example',
    'Kim\u202eevil',
    'Kim\r\nBcc: x@y',
    '\u200b',
    'x'.repeat(101),
  ])
    expectProblem(
      await rest.post('/auth/register', { email: address(), password: GOOD, name }),
      422,
      'invalid_fields',
    )
  const huge = { email: address(), password: GOOD, name: 'x'.repeat(200_000) }
  expectProblem(await rest.post('/auth/register', huge), 413, 'too_large')
})

it('X-16, C-02 a token is taken from its header alone, and given once', async () => {
  const { token } = await caller()
  const asked: [string, Record<string, string>][] = [
    [`/auth/me?access_token=${token}`, {}],
    [`/auth/me?token=${token}`, {}],
    ['/auth/me', { authorization: token }],
    ['/auth/me', { authorization: `Basic ${token}` }],
    ['/auth/me', { authorization: `Bearer ${token}, Bearer ${token}` }],
    ['/auth/me', { authorization: `Bearer ${token} x` }],
    ['/auth/me', { authorization: `Bearer ${token.slice(0, -1)}` }],
    ['/auth/me', { authorization: 'Bearer eyJhbGciOiJub25lIn0.e30.' }],
    ['/auth/me', { 'x-authorization': `Bearer ${token}`, cookie: `access_token=${token}` }],
  ]
  for (const [path, headers] of asked) {
    const answer = await fetch(server.issuer + path, { headers })
    expect([path, headers, answer.status]).toEqual([path, headers, 401])
    expect(await answer.text()).not.toContain(token)
  }
  expect((await rest.me(token)).status).toBe(200)
})

it('X-30, X-10 a letter is used up once by pages and REST together', async () => {
  const person = await beside.newcomer()
  await rest.post('/auth/password/forgot', { email: person.login })
  const link = linkIn(await mails.next({ to: person.login, subject: /new password/ }))
  const token = new URL(link).searchParams.get('token')
  const answers = await parallel(4, (n) =>
    rest.post('/auth/password/reset', { token, password: `${GOOD} ${n}` }),
  )
  expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
  expect((await fetch(link)).status).toBe(400)
})
