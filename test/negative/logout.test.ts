import { afterAll, beforeAll, expect, it } from 'vitest'
import { shop, startSubject } from '../flows/subject.ts'
import type { Agent, Page } from '../support/browserless.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, authorizationRequest, STAY } from './attacker.ts'
import { expectErrorPage, hostileSeed, MARKUP, site } from './sound.ts'

let server: RunningServer
let evil: Attacker
/** Kim, signed in. */
let kim: Agent

beforeAll(async () => {
  server = await startSubject({ seed: hostileSeed })
  evil = attacker(server)
  kim = evil.browser()
  await evil.code(kim)
})
afterAll(() => server?.stop())

const logout = (fields: Record<string, string> | [string, string][] = {}): Promise<Page> =>
  kim.get(`${server.issuer}/oauth2/logout?${new URLSearchParams(fields)}`, STAY)
const xsrfOn = (page: Page): string => page.select('input[name=xsrf]')[0]?.attributes.value ?? ''
const expectSignedIn = async (): Promise<void> => {
  const query = new URLSearchParams(authorizationRequest({ prompt: 'none' }))
  const { location } = await kim.get(`${server.issuer}/oauth2/authorize?${query}`, STAY)
  expect(location).toContain('code=')
}

it.each([
  ['of a stranger', 'https://evil.example/'],
  ['with a longer path', 'https://site.example/byebye'],
  ['with a slash more', 'https://site.example/bye/'],
  ['with a query', 'https://site.example/bye?x=1'],
  ['with a fragment', 'https://site.example/bye#x'],
  ['with a user', 'https://site.example@evil.example/bye'],
  ['with a longer host', 'https://site.example.evil.example/bye'],
  ['with a backslash', 'https://site.example\\@evil.example/bye'],
  ['with http', 'http://site.example/bye'],
  ['that is a redirect URI only', site.redirectUri],
  ['of another client', 'http://localhost:4700'],
  ['that is a script', 'javascript:alert(1)'],
  ['that is a script in disguise', 'java\tscript:alert(1)//https://site.example/bye'],
  ['that is data', 'data:text/html,x'],
  ['with markup', MARKUP],
  ['without a scheme', '//evil.example'],
])('X-33, C-11 refuses a post-logout redirect URI %s before it asks', async (_, uri) => {
  expectErrorPage(await logout({ client_id: 'site', post_logout_redirect_uri: uri }), 'invalid_request')
  await expectSignedIn()
})

it('X-33 leads nowhere when nobody says for which application', async () => {
  const agent = evil.browser()
  await evil.code(agent)
  const url = `${server.issuer}/oauth2/logout?post_logout_redirect_uri=https://evil.example`
  const done = await agent.submit(await agent.get(url), '#logout-yes')
  expect(done.url).toBe(`${server.issuer}/oauth2/logout/success`)
})

it.each([
  ['GET of the page with the answer in it', (xsrf: string) => `/oauth2/logout?logout=yes&xsrf=${xsrf}`],
  ['GET of the form’s address', (xsrf: string) => `/oauth2/logout/confirm?logout=yes&xsrf=${xsrf}`],
  ['GET of the last page', (xsrf: string) => `/oauth2/logout/success?logout=yes&xsrf=${xsrf}`],
])('X-33 ends nothing by a %s', async (_, path) => {
  await kim.get(server.issuer + path(xsrfOn(await logout())), STAY)
  await expectSignedIn()
})

const strangers: Record<string, string>[] = [
  { origin: 'https://evil.example' },
  { origin: 'http://localhost:4700' },
  { origin: 'null' },
  {},
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
]

it('X-34, N-52 refuses the form of the page when another site sends it, even with its token', async () => {
  const form = { logout: 'yes', xsrf: xsrfOn(await logout()) }
  for (const headers of strangers) {
    const page = await kim.post(`${server.issuer}/oauth2/logout/confirm`, form, { ...STAY, headers })
    expectErrorPage(page, 'csrf', 403)
  }
  await expectSignedIn()
})

it('X-34 refuses the form of the page without its token, or with that of another browser', async () => {
  const other = evil.browser()
  await evil.code(other)
  const theirs = xsrfOn(await other.get(`${server.issuer}/oauth2/logout`))
  const own = xsrfOn(await logout())
  const step = { ...STAY, headers: { origin: server.issuer } }
  for (const xsrf of ['', theirs, own.slice(1), `${own}x`]) {
    const page = await kim.post(`${server.issuer}/oauth2/logout/confirm`, { logout: 'yes', xsrf }, step)
    expectErrorPage(page, 'invalid_request')
  }
  await expectSignedIn()
})

it.each(['client_id', 'post_logout_redirect_uri', 'state', 'ui_locales', 'logout_hint', 'id_token_hint'])(
  'N-19 refuses two of the logout parameter %s',
  async (name) => {
    const first = { client_id: shop.clientId, post_logout_redirect_uri: 'http://localhost:4700', state: 'x' }
    const page = await logout([...Object.entries({ ...first, [name]: 'one' }), [name, 'another']])
    expectErrorPage(page, 'invalid_request')
    await expectSignedIn()
  },
)

it('N-19 refuses two answers to the question', async () => {
  const body = `xsrf=${xsrfOn(await logout())}&logout=yes&logout=yes`
  const step = { ...STAY, headers: { origin: server.issuer } }
  expectErrorPage(await kim.post(`${server.issuer}/oauth2/logout/confirm`, body, step), 'invalid_request')
  await expectSignedIn()
})
