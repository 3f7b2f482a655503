import { gzipSync } from 'node:zlib'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { kim, shop, startSubject } from '../flows/subject.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker } from './attacker.ts'
import { wire } from './wire.ts'

let server: RunningServer
let evil: Attacker

beforeAll(async () => {
  server = await startSubject()
  evil = attacker(server)
})
afterAll(() => server?.stop())
afterEach(async () => {
  expect((await fetch(`${server.issuer}/livez`)).status).toBe(200)
})

const BASIC = `Authorization: Basic ${Buffer.from(`shop:${shop.clientSecret}`).toString('base64')}`
const FORM = 'Content-Type: application/x-www-form-urlencoded'
const head = (target: string, ...lines: string[]): string[] => [
  `POST ${target} HTTP/1.1`,
  'Host: a',
  ...lines,
]
/** A whole message: a head, its empty line and a body. */
const message = (lines: string[], body: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from([...lines, 'Connection: close', '', ''].join('\r\n')), Buffer.from(body)])
const posted = (target: string, body: string | Buffer, ...lines: string[]) =>
  wire(server, message(head(target, `Content-Length: ${body.length}`, ...lines), body))

/** Other ways to write a path, which a proxy's rule might take for another one. */
const spellings = (path: string): string[] => [
  `/${path}`,
  `${path}/`,
  path.toUpperCase(),
  path.replace(/^\/./, (start) => `/%${start.charCodeAt(1).toString(16)}`),
  `${path};x`,
  `${path};jsessionid=1`,
  `${path}%00`,
  `${path}%20`,
  `${path}.`,
  `${path}%2f`,
  `/.${path}`,
  `/x/..${path}`,
  `/x;/..${path}`,
  path.replace(/^\//, '/\\'),
  `${path}\\`,
]

it.each([
  '/oauth2/token',
  '/oauth2/introspect',
  '/oauth2/revoke',
  '/oauth2/par',
  '/oauth2/logout/confirm',
  '/register',
])('X-39, C-37 knows %s by one spelling only', async (path) => {
  const body = 'grant_type=client_credentials&token=x'
  expect((await posted(path, body, BASIC, FORM)).statuses[0]).not.toBe(404)
  for (const spelling of spellings(path)) {
    const { statuses } = await posted(spelling, body, BASIC, FORM)
    expect([spelling, statuses]).toEqual([spelling, [404]])
  }
})

it.each(['/oauth2/authorize', '/oauth2/userinfo', '/oauth2/logout', '/playground', '/assets/gatehouse.css'])(
  'X-39, C-37 knows %s by one spelling only, also for a browser',
  async (path) => {
    for (const spelling of spellings(path)) {
      const { statuses } = await wire(server, [`GET ${spelling} HTTP/1.1`, 'Host: a', 'Accept: text/html'])
      expect([spelling, statuses]).toEqual([spelling, [404]])
    }
  },
)

it('X-39, C-22 has no second way to the form of a sign-in', async () => {
  const agent = evil.browser()
  const page = await evil.ask(agent)
  const { pathname } = new URL(page.url)
  const cookie = `Cookie: ${agent.cookies.header(new URL(page.url))}`
  const csrf = page.select('input[name=csrf]')[0]?.attributes.value
  const body = new URLSearchParams({ csrf: csrf ?? '', login: kim.login, password: kim.password }).toString()
  const own = [FORM, cookie, `Origin: ${server.issuer}`]
  for (const spelling of spellings(`${pathname}/sign-in`)) {
    const { statuses } = await posted(spelling, body, ...own)
    expect([spelling, statuses]).toEqual([spelling, [404]])
  }
  expect((await posted(`${pathname}/sign-in`, body, ...own)).statuses).toEqual([303])
})

it.each(['TRACE', 'PUT', 'DELETE', 'PATCH', 'PROPFIND', 'OPTIONS'])(
  'X-39 refuses %s where it has no meaning',
  async (method) => {
    for (const path of [
      '/oauth2/authorize',
      '/oauth2/logout',
      '/',
      '/register',
      '/interaction/x',
      '/assets/gatehouse.css',
    ]) {
      const { text, statuses } = await wire(server, [
        `${method} ${path} HTTP/1.1`,
        'Host: a',
        'X-Canary: reflected',
      ])
      expect([path, statuses]).toEqual([path, [path.startsWith('/assets/') ? 404 : 405]])
      expect(text).not.toContain('reflected')
    }
  },
)

it.each(['GET', 'HEAD', 'PUT', 'TRACE'])(
  'X-39 refuses %s at the endpoints for programs, and says what is allowed',
  async (method) => {
    for (const path of ['/oauth2/token', '/oauth2/introspect', '/oauth2/revoke', '/oauth2/par']) {
      const { text, statuses } = await wire(server, [`${method} ${path} HTTP/1.1`, 'Host: a'])
      expect([path, statuses]).toEqual([path, [405]])
      expect(text).toMatch(/^allow: POST, OPTIONS\r$/im)
    }
  },
)

const FORMS = [
  '/oauth2/token',
  '/oauth2/introspect',
  '/oauth2/revoke',
  '/oauth2/par',
  '/oauth2/logout/confirm',
  '/register',
  '/interaction/x/sign-in',
]
it.each(FORMS)('X-39 answers 413 to a body of 2 MB at %s, with a length or in chunks', async (path) => {
  const body = Buffer.alloc(2_000_000, 'a')
  const own = [BASIC, FORM, `Origin: ${server.issuer}`]
  expect((await posted(path, body, ...own)).statuses).toEqual([413])
  const size = `${body.length.toString(16)}\r\n`
  const chunks = Buffer.concat([Buffer.from(size), body, Buffer.from('\r\n0\r\n\r\n')])
  const { statuses } = await wire(server, message(head(path, ...own, 'Transfer-Encoding: chunked'), chunks))
  // The engine calls too long a body without a length an invalid request.
  expect(statuses).toEqual([path.startsWith('/oauth2/') ? 400 : 413])
})

it.each(FORMS.slice(0, 4))('X-39 takes no other type of body at %s', async (path) => {
  const bodies: [string, string][] = [
    ['application/json', '{"grant_type":"client_credentials"}'],
    ['text/plain', 'grant_type=client_credentials&token=x'],
    ['multipart/form-data; boundary=x', '--x--'],
    ['application/x-www-form-urlencoded-not', 'grant_type=client_credentials&token=x'],
  ]
  for (const [type, body] of bodies)
    expect((await posted(path, body, BASIC, `Content-Type: ${type}`)).statuses).toEqual([400])
})

it('X-39 inflates nothing', async () => {
  const bomb = gzipSync(Buffer.alloc(50_000_000, 'a'), { level: 9 })
  expect(bomb.length).toBeLessThan(56 * 1024)
  for (const path of ['/oauth2/token', '/oauth2/introspect'])
    expect((await posted(path, bomb, BASIC, FORM, 'Content-Encoding: gzip')).statuses).toEqual([400])
  const origin = `Origin: ${server.issuer}`
  expect((await posted('/register', bomb, FORM, origin, 'Content-Encoding: gzip')).statuses).toEqual([415])
})
