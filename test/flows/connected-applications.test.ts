import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { type ApplicationServer, startApplication } from './application-server.ts'
import { atConsole } from './at-console.ts'
import { storeBeside } from './beside.ts'
import { type Calls, calls } from './calls.ts'
import { expectTokensDead, isSignedIn, leaveBehind } from './left-behind.ts'
import { API, seed as basis, kim, lou, own, shop, startSubject } from './subject.ts'

const PAGE = '/account/applications'
const hostile = {
  clientId: 'hostile',
  clientSecret: 'the-secret-of-the-hostile-client-is-long',
  redirectUri: 'http://localhost:4720/callback',
}

let application: ApplicationServer
let server: RunningServer
let ask: Calls
let party: RelyingParty

beforeAll(async () => {
  application = await startApplication()
  const listening = basis.clients.map((client) =>
    client.client_id === shop.clientId
      ? { ...client, backchannel_logout_uri: `${application.origin}/ended` }
      : client,
  )
  const named = {
    client_id: hostile.clientId,
    client_secret: hostile.clientSecret,
    client_name: '\u202e<img src=x onerror=alert(1)> "&amp;',
    redirect_uris: [hostile.redirectUri],
    first_party: true,
  }
  server = await startSubject({
    seed: { ...basis, clients: [...listening, named] },
    env: { OUTBOUND_ALLOW: '127.0.0.1/32', ARGON2_MEMORY: '128', ARGON2_TIME: '1' },
  })
  ask = calls(server)
  party = await relyingParty(server.issuer, shop)
})
afterAll(async () => {
  await server?.stop()
  await application?.close()
})

const applications = (agent: Agent): Promise<Page> => agent.get(server.issuer + PAGE)
const clientsOn = (page: Page): unknown[] =>
  page.select('[data-client]').map(({ attributes }) => attributes['data-client'])
const scopesOn = (page: Page): unknown[] =>
  page.select('[data-scope]').map(({ attributes }) => attributes['data-scope'])

describe('the list of applications', () => {
  it('invites where there is none, and the console itself is none', async () => {
    const { page } = await atConsole(server, lou, { path: PAGE })
    expect([page.status, clientsOn(page)]).toEqual([200, []])
    expect(page.text('main')).toContain('No application uses your account yet.')
  })

  it('shows what was allowed, by OpenID and at each API, since when and when last used', async () => {
    const { agent } = await atConsole(server, kim, { path: PAGE })
    await party.signIn(createAgent(), kim, {
      scope: 'openid email orders:read',
      resource: API,
      prompt: 'consent',
    })
    const look = async () => (await applications(agent)).text('main')
    await expect.poll(look, { timeout: 5_000 }).toContain('Last used')
    const page = await applications(agent)
    expect(clientsOn(page)).toEqual(['shop'])
    expect(scopesOn(page)).toEqual(['openid', 'email', 'orders:read'])
    expect(page.text('h3')).toBe('Harbor Travel')
    const today = new Date().toISOString().slice(0, 10)
    const days = page.select('time').map(({ attributes }) => String(attributes.datetime).slice(0, 10))
    expect(days).toEqual([today, today])
  })

  it('shows an application of this service that nobody was asked about, while a session lasts', async () => {
    const { agent } = await atConsole(server, lou, { path: PAGE })
    await (await relyingParty(server.issuer, own)).signIn(agent, lou)
    expect(clientsOn(await applications(agent))).toEqual(['own'])
    const gone = await agent.submit(await applications(agent), '[data-remove=own]')
    expect(clientsOn(gone)).toEqual([])
  })
})

it('X-35 shows the name of a client as one line of text, in a place of its own', async () => {
  const { agent } = await atConsole(server, lou, { path: PAGE })
  await (await relyingParty(server.issuer, hostile)).signIn(agent, lou)
  const page = await applications(agent)
  expect(page.text('h3')).toBe('<img src=x onerror=alert(1)> "&amp;')
  expect([page.has('img'), page.html.includes('\u202e')]).toEqual([false, false])
  await agent.submit(page, '[data-remove=hostile]')
})

describe('removing an application', () => {
  it('C-25 ends all it has at once, in every session, tells it, and leaves the sessions alone', async () => {
    const { agent } = await atConsole(server, kim, { path: PAGE })
    const left = await leaveBehind(party, kim)
    const phone = await leaveBehind(party, kim)
    application.received.length = 0
    const page = await agent.submit(await applications(agent), '[data-remove=shop]')
    expect([page.url, page.has('[role=status]'), clientsOn(page)]).toEqual([server.issuer + PAGE, true, []])
    await expectTokensDead(left, { ask, party })
    await expectTokensDead(phone, { ask, party })
    expect(await isSignedIn(left.agent, party)).toBe(true)
    await expect.poll(() => application.received.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(2)
    const told = application.received.map(({ body }) =>
      decodeJwt(new URLSearchParams(body).get('logout_token') ?? ''),
    )
    expect(new Set(told.map(({ sub }) => sub))).toEqual(new Set([left.tokens.claims()?.sub]))
    expect(told.every(({ nonce }) => nonce === undefined)).toBe(true)
  })

  it('asks for consent again when the application comes back, and then everything is new', async () => {
    const { agent } = await atConsole(server, kim, { path: PAGE })
    await party.signIn(agent, kim)
    await agent.submit(await applications(agent), '[data-remove=shop]')
    const { url } = await party.leave()
    expect((await agent.get(url, { stopAt: shop.redirectUri })).has('#allow')).toBe(true)
    const tokens = await party.signIn(agent, kim, { scope: 'openid offline_access', prompt: 'consent' })
    expect(await ask.isActive(shop, tokens.access_token)).toBe(true)
    expect((await ask.refresh(shop, tokens.refresh_token)).status).toBe(200)
  })

  it('R-04 may be asked for twice at once, and again later', async () => {
    const { agent } = await atConsole(server, kim, { path: PAGE })
    const left = await leaveBehind(party, kim)
    const page = await applications(agent)
    const press = () => agent.submit(page, '[data-remove=shop]')
    const answers = await Promise.all([press(), press()])
    expect(answers.map(({ status }) => status)).toEqual([200, 200])
    expect((await press()).status).toBe(200)
    await expectTokensDead(left, { ask, party })
    expect(clientsOn(await applications(agent))).toEqual([])
  })

  it('wants the token of this visit, and removes nothing of another person', async () => {
    await party.signIn(createAgent(), kim)
    const { agent } = await atConsole(server, lou, { path: PAGE })
    const url = `${server.issuer}${PAGE}/remove`
    const origin = { headers: { origin: server.issuer } }
    expect((await agent.post(url, { client_id: 'shop' }, origin)).status).toBe(403)
    const csrf = (await applications(agent)).select('input[name=csrf]')[0]?.attributes.value ?? ''
    await agent.post(url, { csrf, client_id: 'shop' }, origin)
    for (const client_id of ['gatehouse-account', 'gatehouse-api', 'nothing', '$ne'])
      expect((await agent.post(url, { csrf, client_id }, origin)).status).toBe(200)
    const { page } = await atConsole(server, kim, { path: PAGE })
    expect(clientsOn(page)).toEqual(['shop'])
  })

  it('is in the audit, as the consent is', async () => {
    const store = await storeBeside(server)
    const sub = (await store.accounts.findByEmailKey(kim.login))?.sub ?? ''
    const events = (await store.audit.list({ sub, limit: 200 })).filter(({ type }) => /consent/.test(type))
    await store.close()
    expect(events.find(({ type }) => type === 'consent.removed')).toMatchObject({
      actor: sub,
      clientId: 'shop',
      address: '127.0.0.1',
    })
    expect(events.findLast(({ type }) => type === 'consent.given')).toMatchObject({
      clientId: 'shop',
      detail: { scopes: ['openid', 'email'], resources: { [API]: ['orders:read'] } },
    })
  })
})
