import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { kim, own, service, shop, startSubject } from '../flows/subject.ts'
import { freePort } from '../support/free-port.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, authorizationRequest, csrfOn, OFFLINE, STAY, VERIFIER } from './attacker.ts'
import { wire } from './wire.ts'

let server: RunningServer
let evil: Attacker
let metrics: string
/** What no log may ever hold, by what it is. */
const canaries = new Map<string, string>()

const plant = (what: string, value = `canary-of-${what.replaceAll(' ', '-')}`): string => {
  if (value.length < 10) throw new Error(`${what} is too short to be looked for`)
  canaries.set(what, value)
  return value
}

beforeAll(async () => {
  const management = await freePort()
  server = await startSubject({
    env: { LOG_LEVEL: 'trace', NODE_ENV: 'production', MANAGEMENT_PORT: String(management) },
  })
  evil = attacker(server)
  await signInsAndOuts()
  await failures()
  await injections()
  metrics = await (await fetch(`http://127.0.0.1:${management}/metrics`)).text()
  await server.stop()
})
afterAll(() => server?.stop())

const EMAIL = 'canary.address@example.com'

/** What people and clients do every day. */
const signInsAndOuts = async (): Promise<void> => {
  plant('password', kim.password)
  plant('client secret', shop.clientSecret)
  plant('code verifier', VERIFIER)
  const agent = evil.browser()
  const code = plant('code', await evil.code(agent, OFFLINE))
  const tokens = JSON.parse((await evil.redeem(code)).html)
  for (const name of ['access_token', 'refresh_token', 'id_token']) plant(name, tokens[name])
  const renewed = await evil.post(
    '/oauth2/token',
    { grant_type: 'refresh_token', refresh_token: tokens.refresh_token },
    shop,
  )
  plant('successor', JSON.parse(renewed.html).refresh_token)
  await evil.get('/oauth2/userinfo', { authorization: `Bearer ${tokens.access_token}` })
  for (const path of ['/oauth2/introspect', '/oauth2/revoke'])
    await evil.post(path, { token: tokens.access_token }, shop)
  const pushed = JSON.parse((await evil.post('/oauth2/par', authorizationRequest(), shop)).html)
  plant('request_uri', pushed.request_uri.slice('urn:ietf:params:oauth:request_uri:'.length))
  const stranger = evil.browser()
  const page = await evil.ask(stranger)
  plant('token of a form', csrfOn(page))
  plant('interaction', page.url.slice(page.url.lastIndexOf('/') + 1))
  for (const { name, value } of stranger.cookies.all()) plant(name, value)
  const registration = await stranger.follow(page, '#to-register')
  const newcomer = { email: EMAIL, name: 'Canary', password: plant('new password') }
  await stranger.submit(registration, '#submit-register', newcomer, { stopAt: shop.redirectUri })
  const logout = await agent.get(`${server.issuer}/oauth2/logout?id_token_hint=${tokens.id_token}`)
  for (const { name, value } of agent.cookies.all()) plant(`${name} of Kim`, value)
  await agent.submit(logout, '#logout-yes')
}

/** What goes wrong. */
const failures = async (): Promise<void> => {
  const agent = evil.browser()
  const page = await evil.ask(agent)
  const wrong = plant('wrong password')
  await agent.submit(page, '#submit-login', { login: kim.login, password: wrong })
  await agent.submit(page, '#submit-login', { login: plant('password in the wrong field'), password: wrong })
  await evil.answer(agent, page, 'sign-in', `login=x&password=${plant('refused password')}%00`)
  await evil.answer(agent, page, 'sign-in', { csrf: plant('wrong token of a form'), password: wrong })
  await evil.redeem(plant('wrong code'), { code_verifier: plant('wrong verifier').padEnd(43, 'x') })
  const wrongClient = { clientId: shop.clientId, clientSecret: plant('wrong client secret') }
  await evil.post('/oauth2/token', { grant_type: 'client_credentials' }, wrongClient)
  const client_assertion = plant('client assertion', `eyJhbGciOiJub25lIn0.${'canary'.repeat(9)}.x`)
  const client_assertion_type = 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer'
  await evil.post('/oauth2/token', {
    grant_type: 'client_credentials',
    client_id: 'own',
    client_assertion,
    client_assertion_type,
  })
  await evil.post(
    '/oauth2/token',
    { grant_type: 'password', username: 'x', password: plant('password grant') },
    own,
  )
  for (const path of ['/oauth2/introspect', '/oauth2/revoke'])
    await evil.post(path, { token: plant('unknown token') }, service)
  await evil.get('/oauth2/userinfo', { authorization: `Bearer ${plant('unknown bearer token')}` })
  await evil.get('/oauth2/userinfo', { authorization: `Bearer x`, dpop: plant('DPoP proof') })
  await evil.get('/oauth2/authorize', { cookie: `gatehouse_session=${plant('foreign cookie')}; x=y` })
}

const ESCAPES = '\x1b[31mred\x1b[0m\x07\x9b31m'

/** What an attacker writes where it might be written down. */
const injections = async (): Promise<void> => {
  const inQuery = plant('token in a query')
  for (const path of [
    '/oauth2/userinfo?access_token=',
    '/no-such-page?token=',
    '/oauth2/logout?id_token_hint=',
    '/?code=',
  ])
    await evil.get(path + inQuery)
  for (const path of ['/', '/interaction/', '/oauth2/authorize/', '/assets/', '/oauth2/token/'])
    await evil.get(path + plant('token in a path'))
  await evil.authorize({ client_id: plant('client_id') })
  await evil.authorize({ redirect_uri: `https://evil.example/${plant('redirect_uri')}` })
  await evil.authorize({ scope: `openid ${plant('scope')}` })
  await evil.authorize({ state: `x\r\n${plant('state')}`, prompt: 'none' })
  const lines = (...more: string[]): string[] => ['GET /no-such-page HTTP/1.1', 'Host: a', ...more]
  const header = plant('header')
  await wire(
    server,
    lines(
      `User-Agent: ${header}${ESCAPES.replaceAll('\x1b', '%1b')}`,
      `Referer: https://x.example/?code=${header}`,
    ),
  )
  await wire(
    server,
    lines(`User-Agent: ${header.repeat(400)}`, `X-Request-Id: ${header}`, `X-Forwarded-For: ${header}`),
  )
  await wire(server, lines(`User-Agent: ${'x'.repeat(1_000_000)}${header}`))
  await evil.get(`/%0d%0a{"level":"info","msg":"${plant('forged line')}"}%1b[31m`)
  await evil.get('/register', { 'accept-language': `${header}, en`, cookie: `gatehouse_lang=${header}` })
  const agent = evil.browser()
  const page = await evil.ask(agent)
  await evil.answer(
    agent,
    page,
    'sign-in',
    { login: `x\r\n${plant('line in a login')}${ESCAPES}`, password: 'x' },
    STAY,
  )
}

it('X-40, N-37 writes no password, code, token, cookie or secret into the log', () => {
  expect(canaries.size).toBeGreaterThan(30)
  const output = server.output()
  expect(output.split('\n').length).toBeGreaterThan(80)
  const found = [...canaries].filter(
    ([, value]) => output.includes(value) || output.includes(encodeURIComponent(value)),
  )
  expect(found).toEqual([])
  // Nor a part of one that tells much, nor the address of a person.
  expect(output).not.toContain('canary')
  expect(output).not.toContain(kim.login)
})

it('X-40 writes none of them into the labels of the metrics', () => {
  expect(metrics).toContain('gatehouse_http_requests_total')
  expect([...canaries].filter(([, value]) => metrics.includes(value))).toEqual([])
  expect(metrics).not.toContain('canary')
})

it('X-40 writes one bounded JSON object a line, and no control character', () => {
  const lines = server.output().split('\n').filter(Boolean)
  for (const line of lines) {
    expect(JSON.parse(line), line).toMatchObject({ level: expect.any(String), msg: expect.any(String) })
    expect(line.length, line).toBeLessThan(8192)
  }
  expect(server.output()).not.toMatch(/(?!\n)\p{Cc}/u)
  // Who is refused must not fill the log.
  expect(server.output()).not.toContain('"stack"')
})

it('keeps no password, code, token, cookie or secret in clear in its folder', () => {
  const folder = join(server.home, 'data')
  const files = readdirSync(folder, { recursive: true, withFileTypes: true }).filter((entry) =>
    entry.isFile(),
  )
  const content = files.map((entry) => readFileSync(join(entry.parentPath, entry.name), 'latin1')).join('\n')
  expect(content).toContain(EMAIL)
  const chosen = [
    'client_id',
    'redirect_uri',
    'scope',
    'state',
    'interaction',
    'gatehouse_interaction',
    'gatehouse_resume',
  ]
  const found = [...canaries].filter(([what, value]) => !chosen.includes(what) && content.includes(value))
  expect(found).toEqual([])
})
