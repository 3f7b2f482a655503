import { setTimeout as sleep } from 'node:timers/promises'
import { createRemoteJWKSet, decodeJwt, jwtVerify } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parallel } from '../contract/open-for-test.ts'
import type { RunningServer } from '../support/server.ts'
import { storeBeside } from './beside.ts'
import { calls } from './calls.ts'
import { API, kim, lou, OPAQUE_API, service, shop, startSubject } from './subject.ts'

const ORIGIN = 'https://app.example.com'
const GOOD = 'amber lantern on the quay'

let server: RunningServer
beforeAll(async () => {
  server = await startSubject({
    env: {
      AUTH_CORS_ORIGINS: ORIGIN,
      LIMIT_SIGN_IN_ACCOUNT_PREFIX: '5',
      ARGON2_MEMORY: '128',
      ARGON2_TIME: '1',
    },
  })
})
afterAll(() => server?.stop())

interface Answer {
  status: number
  headers: Headers
  body: Record<string, unknown>
}

const send = async (path: string, init: RequestInit = {}): Promise<Answer> => {
  const answer = await fetch(server.issuer + path, init)
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) }
}
const post = (path: string, body: unknown, headers: Record<string, string> = {}): Promise<Answer> =>
  send(path, {
    method: 'POST',
    headers: { 'content-type': 'application/json', ...headers },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  })
const bearer = (token: unknown) => ({ authorization: `Bearer ${token}` })
const login = (person = kim) => post('/auth/login', { email: person.login, password: person.password })
const refresh = (refresh_token: unknown) => post('/auth/refresh', { refresh_token })
const me = (token: unknown) => send('/auth/me', { headers: bearer(token) })

const problem = ({ status, headers, body }: Answer, expected: number, code: string): void => {
  expect({ status, code: body.code }).toEqual({ status: expected, code })
  expect(body).toMatchObject({ type: 'about:blank', status: expected, request_id: expect.any(String) })
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(headers.get('cache-control')).toBe('no-store')
}

describe('sign-in', () => {
  it('gives a JWT for the API of the server, checked against the JWKS like any other, and a refresh token', async () => {
    const { status, headers, body } = await login()
    expect(status).toBe(200)
    expect(Object.keys(body).sort()).toEqual([
      'access_token',
      'expires_in',
      'refresh_token',
      'scope',
      'token_type',
    ])
    expect(body).toMatchObject({ token_type: 'Bearer', expires_in: 600, scope: '' })
    expect(headers.get('cache-control')).toBe('no-store')
    expect(headers.get('set-cookie')).toBeNull()
    const keys = createRemoteJWKSet(new URL('/oauth2/jwks', server.issuer))
    const { payload } = await jwtVerify(String(body.access_token), keys, {
      issuer: server.issuer,
      audience: `${server.issuer}/api`,
      typ: 'at+jwt',
    })
    expect(payload).toMatchObject({
      client_id: 'gatehouse-api',
      roles: ['idle', 'reader'],
      sid: expect.any(String),
    })
  })

  it('C-24 answers a wrong password and an unknown account alike, but for the id of the request', async () => {
    const [wrong, unknown] = [
      await post('/auth/login', { email: lou.login, password: 'not the one at all' }),
      await post('/auth/login', { email: 'nobody@example.com', password: 'not the one at all' }),
    ]
    problem(wrong, 401, 'wrong_credentials')
    expect({ ...wrong.body, request_id: '' }).toEqual({ ...unknown.body, request_id: '' })
    const names = ({ headers }: Answer) => [...headers.keys()].filter((name) => name !== 'date').sort()
    expect(names(wrong)).toEqual(names(unknown))
  })

  it('X-26 counts failures across all ways in and tells when to come back', async () => {
    const wrong = () => post('/auth/login', { email: 'counted@example.com', password: 'not the one at all' })
    const answers = await parallel(8, wrong)
    expect(answers.filter(({ status }) => status === 401)).toHaveLength(5)
    const limited = answers.find(({ status }) => status === 429)
    if (!limited) throw new Error('nobody was limited')
    problem(limited, 429, 'too_many_attempts')
    expect(Number(limited.headers.get('retry-after'))).toBeGreaterThan(0)
  })
})

describe('registration', () => {
  it('makes an account that can sign in, whatever else the body says', async () => {
    const email = 'New.Person@Example.com'
    const made = await post('/auth/register', {
      email,
      password: GOOD,
      name: 'New Person',
      roles: ['reader'],
      sub: 'chosen',
      emailVerified: true,
    })
    expect(made).toMatchObject({ status: 201, body: { email, email_verified: false, name: 'New Person' } })
    expect(made.body.sub).not.toBe('chosen')
    const { body } = await login({ login: email, password: GOOD })
    expect((await me(body.access_token)).body).toMatchObject({
      sub: made.body.sub,
      roles: ['customer'],
      permissions: { 'http://localhost:4002/orders': ['orders:read'] },
    })
  })

  it('X-31 makes one account for an address, of any number at once', async () => {
    const answers = await parallel(10, () =>
      post('/auth/register', { email: 'one@example.com', password: GOOD }),
    )
    expect(answers.filter(({ status }) => status === 201)).toHaveLength(1)
    for (const answer of answers) if (answer.status !== 201) problem(answer, 409, 'email_taken')
  })

  it('names the fields that are not accepted and why', async () => {
    const answer = await post('/auth/register', { email: 'no address', password: 'short', name: '<b>' })
    problem(answer, 422, 'invalid_fields')
    expect(answer.body.errors).toEqual(
      expect.arrayContaining([
        { field: 'email', code: 'email_malformed' },
        { field: 'name', code: 'name_malformed' },
        { field: 'password', code: expect.any(String) },
      ]),
    )
  })
})

describe('the account of a token', () => {
  it('is told with roles and permissions for each API', async () => {
    const { body } = await login()
    const answer = await me(body.access_token)
    expect(answer).toMatchObject({
      status: 200,
      body: {
        sub: decodeJwt(String(body.access_token)).sub,
        email: kim.login,
        email_verified: true,
        name: 'Kim',
        roles: ['idle', 'reader'],
        permissions: { [API]: ['orders:read'], [OPAQUE_API]: ['ledger:read'] },
      },
    })
    expect(answer.headers.get('cache-control')).toBe('no-store')
  })

  it('X-20 is told to nobody with no token, a broken one, or one for another API or client', async () => {
    const { body } = await login()
    const [head, claims, signature = ''] = String(body.access_token).split('.')
    const foreign = await calls(server).token(service, { grant_type: 'client_credentials', resource: API })
    const forged = `${head}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
    for (const token of [undefined, '', forged, foreign.body.access_token, body.refresh_token]) {
      const answer = token === undefined ? await send('/auth/me') : await me(token)
      problem(answer, 401, 'invalid_token')
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
    }
  })

  it('C-25 is told no more within a second after the account was disabled, and its refresh token is dead', async () => {
    const person = { login: 'leaving@example.com', password: GOOD }
    await post('/auth/register', { email: person.login, password: person.password })
    const { body } = await login(person)
    const store = await storeBeside(server)
    const account = await store.accounts.findByEmailKey(person.login)
    if (!account) throw new Error('the account is gone')
    await store.accounts.replace({ ...account, disabled: true, validAfter: Date.now() })
    await store.close()
    await sleep(1_000)
    problem(await me(body.access_token), 401, 'invalid_token')
    problem(await refresh(body.refresh_token), 401, 'invalid_token')
    problem(await login(person), 401, 'wrong_credentials')
  })
})

describe('refresh', () => {
  it('R-04 gives any number of repetitions within the grace the same successor', async () => {
    const { body } = await login()
    const answers = await parallel(10, () => refresh(body.refresh_token))
    expect(new Set(answers.map(({ status }) => status))).toEqual(new Set([200]))
    expect(new Set(answers.map((answer) => answer.body.refresh_token)).size).toBe(1)
    expect(answers[0]?.body.refresh_token).not.toBe(body.refresh_token)
    expect((await me(answers[0]?.body.access_token)).status).toBe(200)
  })

  it('refuses what is no refresh token of this API', async () => {
    const { body } = await login()
    for (const token of ['made up', '', body.access_token]) {
      const answer = await refresh(token)
      problem(answer, 401, 'invalid_token')
    }
  })

  it('X-11 is not to be had at the token endpoint, and the token stays good', async () => {
    const { body } = await login()
    const fields = { grant_type: 'refresh_token', refresh_token: String(body.refresh_token) }
    const asItself = await calls(server).token({ clientId: 'gatehouse-api' }, fields)
    const asAnother = await calls(server).token(shop, fields)
    for (const answer of [asItself, asAnother])
      expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect((await refresh(body.refresh_token)).status).toBe(200)
  })
})

describe('logout', () => {
  const logout = (token: unknown, refresh_token: unknown) =>
    post('/auth/logout', { refresh_token }, bearer(token))

  it('ends this sign-in and no other of the person', async () => {
    const [one, other] = [(await login()).body, (await login()).body]
    expect((await logout(one.access_token, one.refresh_token)).status).toBe(204)
    problem(await me(one.access_token), 401, 'invalid_token')
    problem(await refresh(one.refresh_token), 401, 'invalid_token')
    problem(await logout(one.access_token, one.refresh_token), 401, 'invalid_token')
    expect((await me(other.access_token)).status).toBe(200)
    expect((await refresh(other.refresh_token)).status).toBe(200)
  })

  it('refuses a refresh token of another sign-in and ends neither', async () => {
    const [one, other] = [(await login()).body, (await login(lou)).body]
    problem(await logout(one.access_token, other.refresh_token), 400, 'bad_request')
    expect((await me(one.access_token)).status).toBe(200)
    expect((await refresh(other.refresh_token)).status).toBe(200)
  })
})

describe('what comes in', () => {
  const paths = ['/auth/register', '/auth/login', '/auth/refresh']

  it.each(paths)('%s refuses what is no JSON object with texts', async (path) => {
    for (const body of [
      '',
      '{',
      '[]',
      'null',
      '"x"',
      '{"email":1,"password":[],"refresh_token":{}}',
      '{"email":{"$ne":null},"password":"x","refresh_token":null}',
    ])
      problem(await post(path, body), 400, 'bad_request')
  })

  it.each(paths)('%s takes application/json only', async (path) => {
    for (const type of ['text/plain', 'application/x-www-form-urlencoded', 'multipart/form-data; boundary=x'])
      problem(await post(path, '{}', { 'content-type': type }), 415, 'unsupported_media_type')
  })

  it.each(paths)('%s refuses more than 56 KiB', async (path) => {
    problem(await post(path, { email: 'x'.repeat(60_000) }), 413, 'too_large')
  })

  it('X-39 knows one spelling of a path, and tells the methods of one it knows', async () => {
    for (const path of ['/auth/login/', '/auth/Login', '/auth/', '/auth/login%2f', '/auth/nothing'])
      problem(await post(path, {}), 404, 'not_found')
    const answer = await send('/auth/login')
    problem(answer, 405, 'method_not_allowed')
    expect(answer.headers.get('allow')).toBe('POST')
  })

  it('X-40 tells nothing of what was sent', async () => {
    const { body } = await post('/auth/login', { email: 'whispered', password: ['whispered'] })
    expect(JSON.stringify(body)).not.toContain('whispered')
    expect(server.output()).not.toContain('whispered')
  })
})

describe('scripts of other origins', () => {
  const preflight = (origin: string) =>
    fetch(`${server.issuer}/auth/login`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'content-type',
      },
    })

  it('may call from a listed origin, without credentials', async () => {
    const { status, headers } = await preflight(ORIGIN)
    expect(status).toBe(204)
    expect(headers.get('access-control-allow-origin')).toBe(ORIGIN)
    expect(headers.get('access-control-allow-credentials')).toBeNull()
    const answer = await post('/auth/login', {}, { origin: ORIGIN })
    expect(answer.headers.get('access-control-allow-origin')).toBe(ORIGIN)
  })

  it.each(['https://evil.example', 'null', `${ORIGIN}.evil.example`])('may not from %s', async (origin) => {
    expect((await preflight(origin)).headers.get('access-control-allow-origin')).toBeNull()
    expect((await post('/auth/login', {}, { origin })).headers.get('access-control-allow-origin')).toBeNull()
  })
})
