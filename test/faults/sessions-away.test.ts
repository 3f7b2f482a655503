import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { refuse } from '../../src/errors.ts'
import { atConsole } from '../flows/at-console.ts'
import { isSignedIn } from '../flows/left-behind.ts'
import { restClient } from '../flows/rest-client.ts'
import { kim, lou, seed, shop } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { type LateServer, type StoreCall, startLateServer } from '../support/late-server.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'

let server: LateServer
let party: RelyingParty
let rest: ReturnType<typeof restClient>
/** Which calls of the store fail. */
let isAway: (call: StoreCall) => boolean = () => false

beforeAll(async () => {
  const pause = async (call: StoreCall) => {
    if (isAway(call)) throw refuse('store_unavailable', { retryAfter: 1 })
  }
  server = await startLateServer({ seed, pause, env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1' } })
  party = await relyingParty(server.issuer, shop)
  rest = restClient(server)
})
afterEach(() => {
  isAway = () => false
})
afterAll(() => server?.stop())

const of = (model: string, operation?: StoreCall['operation']) => (call: StoreCall) =>
  call.model === model && (operation === undefined || call.operation === operation)

const browserId = async (access: string): Promise<string> => {
  const { body } = await rest.send('GET', '/auth/sessions', { access })
  const { sessions = [] }: { sessions?: { id: string; kind: string }[] } = body
  return sessions.find(({ kind }) => kind === 'browser')?.id ?? ''
}

it.each([
  ['the list does not come', of('AccountSessions', 'find')],
  ['the session does not come', of('Session', 'find')],
  ['nobody says that its grants are gone', of('Grant', 'remove')],
  ['nobody says that its end is stored', of('Session', 'putIf')],
])('R-04 ending a session says 503 when %s, and the same call ends it later', async (_, away) => {
  const { access } = await rest.login(kim)
  const agent = createAgent()
  await party.signIn(agent, kim)
  const id = await browserId(access)
  isAway = away
  const refused = await rest.send('DELETE', `/auth/sessions/${id}`, { access })
  expect([refused.status, refused.body.code, refused.headers.get('retry-after')]).toEqual([
    503,
    'store_unavailable',
    '1',
  ])
  isAway = () => false
  expect((await rest.send('DELETE', `/auth/sessions/${id}`, { access })).status).toBe(204)
  expect(await isSignedIn(agent, party)).toBe(false)
  await rest.send('DELETE', '/auth/sessions', { access })
})

it('R-04 an end whose answer was lost is an end: asked for again, there is no such session', async () => {
  const { access } = await rest.login(kim)
  const agent = createAgent()
  await party.signIn(agent, kim)
  const id = await browserId(access)
  isAway = of('AccountSessions', 'putIf')
  expect((await rest.send('DELETE', `/auth/sessions/${id}`, { access })).status).toBe(503)
  isAway = () => false
  expect((await rest.send('DELETE', `/auth/sessions/${id}`, { access })).status).toBe(404)
  expect(await isSignedIn(agent, party)).toBe(false)
})

it('a sign-in that could not be put into the list is none: nobody could end it', async () => {
  isAway = of('AccountSessions', 'putIf')
  const body = { email: lou.login, password: lou.password }
  expect((await rest.send('POST', '/auth/login', { body })).status).toBe(503)
  const agent = createAgent()
  const { url } = await party.leave()
  const page = await agent.submit(await agent.get(url), '#submit-login', lou, { stopAt: shop.redirectUri })
  expect(page.status).toBe(503)
  isAway = () => false
  expect(await isSignedIn(agent, party)).toBe(false)
  expect(await rest.login(lou)).toBeDefined()
})

it('a sign-in and a refresh wait for nothing that is only news: last use, and known devices', async () => {
  isAway = (call) => of('LastUse')(call) || of('KnownDevice')(call)
  const tokens = await rest.login(kim)
  expect((await rest.refresh(tokens)).status).toBe(200)
  const { access_token } = await party.signIn(createAgent(), kim)
  expect(access_token).toBeDefined()
})

it('the pages of devices and applications say 503, and never that there is nothing', async () => {
  const { agent } = await atConsole(server, kim)
  const refused = async (path: string) => {
    const page = await agent.get(server.issuer + path)
    return [page.status, page.has('[data-error=store_unavailable]')]
  }
  isAway = of('AccountSessions', 'find')
  expect(await refused('/account/devices')).toEqual([503, true])
  expect(await refused('/account/applications')).toEqual([503, true])
})

it('"sign out everywhere" rests on the account alone: a list that is away does not hold it up', async () => {
  const { agent } = await atConsole(server, kim)
  const tokens = await rest.login(kim)
  const page = await agent.get(`${server.issuer}/account/devices`)
  // Sessions are born in whole seconds; these must not be of the second in which they end.
  await sleep(1_000)
  isAway = of('AccountSessions')
  const pressed = await agent.submit(page, '#end-everywhere')
  expect([pressed.status, pressed.url]).toEqual([200, `${server.issuer}/account/signed-out`])
  isAway = () => false
  expect(await rest.isGood(tokens)).toBe(false)
  expect(await isSignedIn(agent, party)).toBe(false)
})
