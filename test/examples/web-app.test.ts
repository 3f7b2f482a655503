import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { type Example, startExample } from '../support/example.ts'
import { freePort } from '../support/free-port.ts'
import { passGate } from '../support/person.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const kim = { login: 'kim@example.com', password: 'amber lantern on the quay' }
let server: RunningServer
let running: Example[] = []
let app = ''

beforeAll(async () => {
  const [appPort, apiPort] = [String(await freePort()), String(await freePort())]
  app = `http://localhost:${appPort}`
  const orders = `http://localhost:${apiPort}/orders`
  const client = { client_id: 'the-web-app', client_secret: 'a-secret-of-the-web-app-example' }
  server = await startServer({
    env: { TTL_ACCESS_TOKEN: '2' },
    seed: {
      resources: [{ identifier: orders, name: 'Orders of the test', permissions: ['orders:read'] }],
      roles: [{ name: 'reader', permissions: { [orders]: ['orders:read'] } }],
      clients: [
        {
          ...client,
          redirect_uris: [`${app}/callback`],
          post_logout_redirect_uris: [app],
          grant_types: ['authorization_code', 'refresh_token'],
          permissions: { [orders]: ['orders:read'] },
        },
      ],
      accounts: [
        { email: kim.login, password: kim.password, name: 'Kim', email_verified: true, roles: ['reader'] },
      ],
    },
  })
  running = await Promise.all([
    startExample('resource-server', { PORT: apiPort, ISSUER: server.issuer }),
    startExample('web-app', {
      PORT: appPort,
      ISSUER: server.issuer,
      CLIENT_ID: client.client_id,
      CLIENT_SECRET: client.client_secret,
      ORDERS_API: orders,
    }),
  ])
})
afterAll(async () => {
  await Promise.all(running.map((example) => example.stop()))
  await server?.stop()
})

const atTheGate = async (agent: Agent): Promise<Page> => agent.follow(await agent.get(app), '#sign-in')
const signedIn = async (agent: Agent): Promise<Page> => passGate(agent, await atTheGate(agent), kim)
/** The redirect back to the application, not yet followed. */
const callback = async (agent: Agent): Promise<URL> => {
  const page = await passGate(agent, await atTheGate(agent), kim, { stopAt: `${app}/callback` })
  return new URL(page.location ?? '')
}

it('signs a person in and shows who it is', async () => {
  const page = await signedIn(createAgent())
  expect([page.url, page.text('#who')]).toEqual([`${app}/`, 'Kim'])
})

it('calls the API with its access token, and with a renewed one when that has expired', async () => {
  const agent = createAgent()
  const orders = async (page: Page) => (await agent.follow(page, '#to-orders')).text('#orders')
  const home = await signedIn(agent)
  expect(await orders(home)).toContain('Brass lantern')
  await sleep(2500)
  expect(await orders(home)).toContain('Brass lantern')
  const together = await Promise.all([orders(home), orders(home), orders(home)])
  expect(together.every((text) => text.includes('Brass lantern'))).toBe(true)
})

it('keeps its session in a HttpOnly, SameSite=Lax cookie that changes at the sign-in', async () => {
  const agent = createAgent()
  const sign = await atTheGate(agent)
  const before = agent.cookies.find('web_app_session')
  await passGate(agent, sign, kim)
  const after = agent.cookies.find('web_app_session')
  expect(after?.attributes).toMatchObject({ httponly: '', samesite: 'Lax' })
  expect(after?.value).not.toBe(before?.value)
})

it.each([
  ['state', 'another-state'],
  ['iss', 'http://localhost:1'],
  ['code', 'another-code'],
])('signs nobody in when %s of the answer is not the expected one', async (name, value) => {
  const agent = createAgent()
  const answer = await callback(agent)
  answer.searchParams.set(name, value)
  const page = await agent.get(answer.href)
  expect([page.status, page.has('[role=alert]')]).toEqual([400, true])
  expect((await agent.get(app)).text('#who')).toBe('Nobody is signed in.')
})

it('signs nobody in with an answer to the question of another browser, or with the same answer twice', async () => {
  const agent = createAgent()
  const answer = await callback(agent)
  expect((await createAgent().get(answer.href)).status).toBe(400)
  expect((await agent.get(answer.href)).text('#who')).toBe('Kim')
  expect((await agent.get(answer.href)).status).toBe(400)
})

it('tells when the person said no', async () => {
  const agent = createAgent()
  const page = await agent.submit(await atTheGate(agent), '#cancel')
  expect(page.text('[role=alert]')).toContain('access_denied')
})

it('signs out here and at Gatehouse, and not by the form of another site', async () => {
  const agent = createAgent()
  const home = await signedIn(agent)
  const foreign = await agent.post(`${app}/logout`, {}, { headers: { origin: 'http://evil.example' } })
  expect(foreign.status).toBe(403)
  const asked = await agent.submit(home, '#sign-out')
  const back = await agent.submit(asked, '#logout-yes')
  expect(new URL(back.url).origin).toBe(app)
  expect(back.text('#who')).toBe('Nobody is signed in.')
  expect((await agent.follow(back, '#sign-in')).has('#submit-login')).toBe(true)
})
