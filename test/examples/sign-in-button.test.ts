import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { type Example, startExample } from '../support/example.ts'
import { freePort } from '../support/free-port.ts'
import { passGate } from '../support/person.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const password = 'amber lantern on the quay'
const local = 'a password of the shop'
const people = ['kim', 'lou', 'max', 'pat'].map((name) => ({ name, login: `${name}@example.com`, password }))
let server: RunningServer
let example: Example
let shop = ''

beforeAll(async () => {
  const port = String(await freePort())
  shop = `http://localhost:${port}`
  const client = { client_id: 'the-shop', client_secret: 'a-secret-of-the-sign-in-button' }
  server = await startServer({
    seed: {
      clients: [{ ...client, redirect_uris: [`${shop}/callback`] }],
      accounts: people.map(({ name, login }) => ({
        email: login,
        password,
        name,
        email_verified: name !== 'pat',
      })),
    },
  })
  const identity = { CLIENT_ID: client.client_id, CLIENT_SECRET: client.client_secret }
  example = await startExample('sign-in-button', { PORT: port, ISSUER: server.issuer, ...identity })
})
afterAll(async () => {
  await example?.stop()
  await server?.stop()
})

const gatehouseUser = (name: string) => ({ login: `${name}@example.com`, password })
const withGatehouse = async (agent: Agent, name: string): Promise<Page> =>
  passGate(agent, await agent.submit(await agent.get(shop), '#with-gatehouse'), gatehouseUser(name))
const connect = async (agent: Agent, home: Page, name: string): Promise<Page> =>
  passGate(agent, await agent.submit(home, '#link'), gatehouseUser(name))
const register = async (agent: Agent, email: string): Promise<Page> =>
  agent.submit(await agent.get(shop), '#submit-register', { email, password: local })
const account = (page: Page) => page.text('#account')

it('gives a new person an account, and the same account the next time', async () => {
  const first = await withGatehouse(createAgent(), 'kim')
  expect([first.url, first.text('#who')]).toEqual([`${shop}/`, 'kim'])
  expect(account(first)).not.toBe('')
  expect(account(await withGatehouse(createAgent(), 'kim'))).toBe(account(first))
})

it('never links an account by an e-mail address that is not verified, and does not tell that there is one', async () => {
  const owner = await register(createAgent(), 'pat@example.com')
  const page = await withGatehouse(createAgent(), 'pat')
  expect(page.status).toBe(200)
  expect(account(page)).not.toBe('')
  expect(account(page)).not.toBe(account(owner))
})

it('does not link by a verified address either, but asks for a sign-in with the password first', async () => {
  const owner = await register(createAgent(), 'lou@example.com')
  const agent = createAgent()
  const refused = await withGatehouse(agent, 'lou')
  expect([refused.status, refused.has('#account')]).toEqual([409, false])
  expect(refused.text('[role=alert]')).toContain('lou@example.com already has an account here')
  expect((await agent.get(shop)).has('#account')).toBe(false)

  const home = await agent.submit(refused, '#submit-login', { email: 'lou@example.com', password: local })
  expect([account(home), home.has('#linked')]).toEqual([account(owner), false])
  expect((await connect(agent, home, 'lou')).has('#linked')).toBe(true)
  expect(account(await withGatehouse(createAgent(), 'lou'))).toBe(account(owner))
})

it('links nothing for a visitor who is not signed in here', async () => {
  const page = await createAgent().post(`${shop}/link`, {}, { headers: { origin: shop } })
  expect([page.status, page.text('[role=alert]')]).toEqual([403, 'Sign in here first.'])
})

it('does not link one Gatehouse account to two accounts', async () => {
  const first = await withGatehouse(createAgent(), 'max')
  const agent = createAgent()
  const page = await connect(agent, await register(agent, 'other@example.com'), 'max')
  expect([page.status, page.has('#linked')]).toEqual([409, false])
  expect(account(await withGatehouse(createAgent(), 'max'))).toBe(account(first))
})

it('links nothing when the person signed out on the way, or when the answer comes to another browser', async () => {
  const agent = createAgent()
  const home = await register(agent, 'leaver@example.com')
  const asked = await agent.submit(home, '#link')
  const answer = await passGate(agent, asked, gatehouseUser('kim'), { stopAt: `${shop}/callback` })
  expect((await createAgent().get(answer.location ?? '')).status).toBe(400)
  await agent.submit(home, '#sign-out')
  const late = await agent.get(answer.location ?? '')
  expect([late.status, late.has('#account')]).toEqual([400, false])
})

it('refuses the forms of other sites', async () => {
  const agent = createAgent()
  await register(agent, 'target@example.com')
  for (const path of ['/logout', '/link', '/login', '/register', '/gatehouse']) {
    const page = await agent.post(`${shop}${path}`, {}, { headers: { origin: 'http://evil.example' } })
    expect([path, page.status]).toEqual([path, 403])
  }
  expect((await agent.get(shop)).has('#account')).toBe(true)
})
