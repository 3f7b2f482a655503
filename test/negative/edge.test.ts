import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kim, startSubject } from '../flows/subject.ts'
import { freePort } from '../support/free-port.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, authorizationRequest } from './attacker.ts'
import { wire } from './wire.ts'

const LIMIT = 3

let server: RunningServer
let evil: Attacker

beforeAll(async () => {
  server = await startSubject({ env: { LIMIT_SIGN_IN_ACCOUNT_PREFIX: String(LIMIT) } })
  evil = attacker(server)
})
afterAll(() => server?.stop())

const AUTHORIZE = `/oauth2/authorize?${new URLSearchParams(authorizationRequest())}`

const hosts: [string, Record<string, string>][] = [
  ['Host', { host: 'evil.example' }],
  ['Host with a port', { host: 'evil.example:443' }],
  ['Host with a user', { host: 'a@evil.example' }],
  ['Host with a path', { host: 'evil.example/x' }],
  ['Host with quotes', { host: 'evil.example"><x-markup' }],
  ['X-Forwarded-Host', { 'x-forwarded-host': 'evil.example' }],
  [
    'several X-Forwarded headers',
    { 'x-forwarded-host': 'evil.example', 'x-forwarded-port': '1', 'x-forwarded-prefix': '/evil.example' },
  ],
  ['Forwarded', { forwarded: 'host=evil.example;proto=https' }],
  ['X-Original-URL', { 'x-original-url': '/evil.example', 'x-rewrite-url': '/evil.example' }],
]

it.each(hosts)('X-27, C-13 never lets %s into a sign-in, a page or a document', async (_, headers) => {
  const agent = evil.browser(headers)
  const answer = await evil.code(agent)
  expect((await evil.redeem(answer)).status).toBe(200)
  for (const path of [
    '/',
    '/register',
    '/no-such-page',
    '/playground',
    '/.well-known/openid-configuration',
    '/oauth2/logout',
    '/oauth2/authorize',
  ]) {
    const page = await evil.get(path, headers)
    expect([path, page.html.includes('evil.example')]).toEqual([path, false])
    if (!path.startsWith('/.well-known/')) expect(page.headers['cache-control']).toBe('no-store')
  }
})

it.each([
  ['an absolute-form target', [`GET http://evil.example${AUTHORIZE} HTTP/1.1`, 'Host: evil.example'], 303],
  ['an absolute-form target with a user', [`GET http://a@evil.example${AUTHORIZE} HTTP/1.1`, 'Host: a'], 303],
  ['an authority-form target', ['GET evil.example:443 HTTP/1.1', 'Host: a'], 400],
  ['two Host headers', [`GET ${AUTHORIZE} HTTP/1.1`, 'Host: localhost', 'Host: evil.example'], 303],
  ['no Host header', [`GET ${AUTHORIZE} HTTP/1.1`], 400],
  ['an empty Host header', [`GET ${AUTHORIZE} HTTP/1.1`, 'Host:'], 303],
  ['HTTP/1.0', [`GET ${AUTHORIZE} HTTP/1.0`], 303],
])('X-27 takes nothing from %s', async (_, lines, status) => {
  const { text, statuses } = await wire(server, lines)
  expect(statuses).toEqual([status])
  expect(text).not.toContain('evil.example')
})

it('X-27 starts no redirect at a path that a browser takes for a host', async () => {
  for (const target of [
    '//evil.example/?lang=ru',
    'http://evil.example//evil.example/?lang=ru',
    '/\\evil.example/?lang=ru',
  ]) {
    const { text } = await wire(server, [`GET ${target} HTTP/1.1`, 'Host: a', 'Accept: text/html'])
    expect(text).not.toMatch(/^location:/im)
  }
})

/** The last address that the server wrote down. */
const addressSeen = async (mark: string): Promise<unknown> => {
  await expect.poll(() => server.output()).toContain(`"method":"${mark}"`)
  const lines = server
    .output()
    .split('\n')
    .filter((line) => line.includes(`"method":"${mark}"`))
  return JSON.parse(lines.at(-1) ?? '').address
}

const forwarded: [string, string][] = [
  ['a word', 'a'],
  ['an address', '203.0.113.9'],
  ['1500 addresses', Array(1500).fill('10.0.0.1').join(',')],
  ['IPv6', '2001:db8::1'],
  ['IPv6 with brackets and a port', '[2001:db8::1]:443'],
  ['a mapped address', '::ffff:203.0.113.9'],
  ['an address with a zone', 'fe80::1%eth0'],
  ['markup and line breaks', '"><script>,\t203.0.113.9'],
  ['nothing', ''],
]

it('X-28 writes down the address of the socket, whatever an untrusted peer claims', async () => {
  // Methods that nothing else here uses mark the lines.
  const methods = ['PUT', 'DELETE', 'PATCH', 'PROPFIND', 'LOCK', 'UNLOCK', 'COPY', 'MOVE', 'SEARCH']
  for (const [index, [what, value]] of forwarded.entries()) {
    const method = methods[index] ?? ''
    await wire(server, [
      `${method} /register HTTP/1.1`,
      'Host: a',
      `X-Forwarded-For: ${value}`,
      'X-Real-IP: 203.0.113.9',
      'Forwarded: for=203.0.113.9',
    ])
    expect([what, await addressSeen(method)]).toEqual([what, '127.0.0.1'])
  }
})

it('X-28 refuses 5000 entries for the size of the head', async () => {
  const entries = Array(5000).fill('10.0.0.1').join(',')
  expect((await wire(server, ['GET / HTTP/1.1', 'Host: a', `X-Forwarded-For: ${entries}`])).statuses).toEqual(
    [431],
  )
})

it('X-28, C-22, C-23 counts wrong passwords of one peer together, whatever addresses and paths it claims', async () => {
  const statuses: number[] = []
  for (const [, value] of forwarded.slice(0, 5)) {
    const agent = evil.browser({ 'x-forwarded-for': value.slice(0, 100), 'x-real-ip': '203.0.113.9' })
    const page = await evil.ask(agent)
    const fields = { login: kim.login.toUpperCase(), password: 'wrong', address: value, ip: value }
    statuses.push((await evil.answer(agent, page, 'sign-in', fields)).status)
  }
  expect(statuses).toEqual([422, 422, 422, 429, 429])
})

describe('X-29 behind an https issuer', () => {
  let secure: RunningServer
  const start = async (trust: string): Promise<void> => {
    const port = await freePort()
    const issuer = `https://localhost:${port}`
    secure = await startSubject({ port, env: { ISSUER: issuer, TRUST_PROXY: trust } })
  }
  const lines = (...claims: string[]): string[] => [`GET ${AUTHORIZE} HTTP/1.1`, 'Host: a', ...claims]

  it.each([
    ['untrusted', 'false'],
    ['trusted', '1'],
  ])(
    'X-29, N-13, N-36 sets only Secure cookies and leads only to https, whatever an %s peer says of the scheme',
    async (_, trust) => {
      await start(trust)
      try {
        for (const claim of [
          [],
          ['X-Forwarded-Proto: http'],
          ['X-Forwarded-Proto: http,https', 'X-Forwarded-Ssl: off'],
          ['Forwarded: proto=http'],
        ]) {
          const { text, statuses } = await wire(secure, lines(...claim))
          expect(statuses).toEqual([303])
          const cookies = [...text.matchAll(/^set-cookie: (.*)\r$/gim)].map(([, cookie = '']) => cookie)
          expect(cookies.length).toBeGreaterThan(0)
          for (const cookie of cookies) expect(cookie).toMatch(/; secure/i)
          expect(text).toMatch(/^strict-transport-security: max-age=31536000\r$/im)
          expect(text).not.toMatch(/^location: http:/im)
        }
        const registration = await wire(secure, [
          'GET /register HTTP/1.1',
          'Host: a',
          'X-Forwarded-Proto: http',
        ])
        expect(registration.text).toMatch(/^set-cookie: __Host-gatehouse_csrf=.*; Secure\r$/im)
      } finally {
        await secure.stop()
      }
    },
  )
})
