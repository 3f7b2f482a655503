import { afterAll, beforeAll, expect } from 'vitest'
import { type Browser, it, startChromium, type Window } from '../support/chromium.ts'
import { type Example, startExample } from '../support/example.ts'
import { freePort } from '../support/free-port.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const kim = { login: 'kim@example.com', password: 'amber lantern on the quay' }
let server: RunningServer
let browser: Browser
let running: Example[] = []
let app = ''

beforeAll(async () => {
  const [appPort, apiPort] = [String(await freePort()), String(await freePort())]
  app = `http://localhost:${appPort}`
  const orders = `http://localhost:${apiPort}/orders`
  const permissions = { [orders]: ['orders:read'] }
  server = await startServer({
    env: { TTL_ACCESS_TOKEN: '31' },
    seed: {
      resources: [{ identifier: orders, name: 'Orders of the test', permissions: ['orders:read'] }],
      roles: [{ name: 'reader', permissions }],
      clients: [
        {
          client_id: 'the-spa',
          token_endpoint_auth_method: 'none',
          redirect_uris: [`${app}/callback`],
          post_logout_redirect_uris: [app],
          grant_types: ['authorization_code', 'refresh_token'],
          permissions,
        },
      ],
      accounts: [
        { email: kim.login, password: kim.password, name: 'Kim', email_verified: true, roles: ['reader'] },
      ],
    },
  })
  running = await Promise.all([
    startExample('resource-server', { PORT: apiPort, ISSUER: server.issuer, ALLOWED_ORIGINS: app }),
    startExample('spa', { PORT: appPort, ISSUER: server.issuer, CLIENT_ID: 'the-spa', ORDERS_API: orders }),
  ])
  browser = await startChromium()
})
afterAll(async () => {
  await browser?.close()
  await Promise.all(running.map((example) => example.stop()))
  await server?.stop()
})

const atTheGate = async (): Promise<Window> => {
  const window = await browser.open()
  await window.page.goto(app)
  await window.page.click('#sign-in')
  return window
}
const pass = async ({ page }: Window): Promise<void> => {
  await page.fill('input[name=login]', kim.login)
  await page.fill('input[name=password]', kim.password)
  await page.click('#submit-login')
  await page.click('#allow')
}

it('signs a person in, calls the API from its own origin, and breaks no policy', async () => {
  const window = await atTheGate()
  await pass(window)
  await window.page.getByText('Signed in as Kim').waitFor()
  expect(window.page.url()).toBe(`${app}/`)
  await window.page.click('#load-orders')
  await window.page.getByText('Brass lantern').waitFor()
  expect(window.complaints().filter((text) => !text.includes('favicon'))).toEqual([])
})

it('renews its access token in silence, and keeps no token where it outlives the page', async () => {
  const window = await atTheGate()
  await pass(window)
  await window.page.getByText(/renewed [2-9] times/).waitFor()
  await window.page.click('#load-orders')
  await window.page.getByText('200 [').waitFor()
  const kept = await window.page.evaluate(
    'JSON.stringify([{...localStorage}, {...sessionStorage}, document.cookie])',
  )
  expect(kept).toBe('[{},{},""]')
})

it.each([
  ['state', 'another-state'],
  ['iss', 'http://localhost:1'],
])('refuses an answer whose %s is not the expected one, and redeems no code', async (name, value) => {
  const window = await atTheGate()
  const asked: string[] = []
  window.page.on('request', (request) => asked.push(new URL(request.url()).pathname))
  // A redirect cannot be intercepted: the answer arrives at a page without scripts, and is sent on changed.
  await window.page.route(`${app}/app.js`, (route) => route.abort())
  await pass(window)
  await window.page.waitForURL(`${app}/callback**`)
  await window.page.unrouteAll()
  const answer = new URL(window.page.url())
  expect(answer.searchParams.get(name)).toBeTruthy()
  answer.searchParams.set(name, value)
  await window.page.goto(answer.href)
  await window.page.getByText(`${name} is not the expected one`).waitFor()
  expect(await window.page.locator('#signed-out').isVisible()).toBe(true)
  expect(asked).not.toContain('/oauth2/token')
})

it('signs out here and at Gatehouse', async () => {
  const window = await atTheGate()
  await pass(window)
  await window.page.click('#sign-out')
  await window.page.click('#logout-yes')
  await window.page.waitForURL(`${app}/**`)
  await window.page.click('#sign-in')
  expect(await window.page.locator('input[name=login]').isVisible()).toBe(true)
})
