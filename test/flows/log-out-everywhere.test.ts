import { setTimeout as sleep } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { passGate } from '../support/person.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { type ApplicationServer, startApplication } from './application-server.ts'
import { atConsole } from './at-console.ts'
import { type Calls, calls } from './calls.ts'
import { expectTokensDead, isSignedIn, leaveBehind } from './left-behind.ts'
import { restClient } from './rest-client.ts'
import { kim, lou, seedWith, shop, startSubject } from './subject.ts'

const ears = {
  clientId: 'ears',
  clientSecret: 'the-secret-of-the-listener-is-long-enough',
  redirectUri: 'http://localhost:4710/callback',
}
const DEVICES = '/account/devices'

/** Answers of the application that are to fail. */
let failures = 0
let application: ApplicationServer
let server: RunningServer
let ask: Calls
let party: RelyingParty
let listener: RelyingParty

beforeAll(async () => {
  application = await startApplication(() => ({ status: failures-- > 0 ? 503 : 200 }))
  const seed = seedWith([
    {
      client_id: ears.clientId,
      client_secret: ears.clientSecret,
      redirect_uris: [ears.redirectUri],
      first_party: true,
      backchannel_logout_uri: `${application.origin}/ended`,
      backchannel_logout_session_required: true,
    },
  ])
  server = await startSubject({
    seed,
    env: { OUTBOUND_ALLOW: '127.0.0.1/32', ARGON2_MEMORY: '128', ARGON2_TIME: '1' },
  })
  ask = calls(server)
  party = await relyingParty(server.issuer, shop)
  listener = await relyingParty(server.issuer, ears)
})
afterAll(async () => {
  await server?.stop()
  await application?.close()
})

/** Sessions about which the application was told, once `count` have come. */
const told = async (count: number): Promise<unknown[]> => {
  await expect.poll(() => application.received.length, { timeout: 5_000 }).toBeGreaterThanOrEqual(count)
  return application.received.map(
    ({ body }) => decodeJwt(new URLSearchParams(body).get('logout_token') ?? '').sid,
  )
}

describe('the page of devices', () => {
  it('C-25 "sign out all others" leaves this browser alone and ends everything else at once', async () => {
    const { agent } = await atConsole(server, kim)
    const left = await leaveBehind(party, kim)
    const rest = restClient(server)
    const service = await rest.login(kim)
    const heard = (await listener.signIn(left.agent, kim)).claims()?.sid
    const page = await agent.get(server.issuer + DEVICES)
    const done = await agent.submit(page, '#end-others')
    expect([done.status, done.url, done.has('[role=status]')]).toEqual([200, server.issuer + DEVICES, true])
    expect(done.select('[data-session]')).toHaveLength(1)
    await expectTokensDead(left, { ask, party })
    expect(await isSignedIn(left.agent, party)).toBe(false)
    expect(await rest.isGood(service)).toBe(false)
    expect(await told(1)).toEqual([heard])
    application.received.length = 0
  })

  it('R-23 an application that fails at first is told once more, and nobody waits for it', async () => {
    const { agent } = await atConsole(server, kim)
    const left = await leaveBehind(party, kim)
    const heard = (await listener.signIn(left.agent, kim)).claims()?.sid
    failures = 1
    const done = await agent.submit(await agent.get(server.issuer + DEVICES), '#end-others')
    expect(done.status).toBe(200)
    expect(await told(2)).toEqual([heard, heard])
    application.received.length = 0
  })

  it('C-25 "sign out everywhere" ends all, this browser as well, and a new sign-in counts', async () => {
    const { agent } = await atConsole(server, lou)
    const [left, here] = [await leaveBehind(party, lou), await leaveBehind(party, lou, agent)]
    const rest = restClient(server)
    const service = await rest.login(lou)
    const heard = (await listener.signIn(left.agent, lou)).claims()?.sid
    // Sessions are born in whole seconds; these must not be of the second in which they end.
    await sleep(1_000)
    const page = await agent.get(server.issuer + DEVICES)
    const done = await agent.submit(page, '#end-everywhere')
    expect([done.status, done.url]).toEqual([200, `${server.issuer}/account/signed-out`])
    await expectTokensDead(left, { ask, party })
    await expectTokensDead(here, { ask, party })
    expect(await isSignedIn(left.agent, party)).toBe(false)
    expect(await isSignedIn(agent, party)).toBe(false)
    expect([await rest.isGood(service), (await rest.refresh(service)).status]).toEqual([false, 401])
    expect(await told(1)).toEqual([heard])
    await sleep(1_000)
    const again = await passGate(agent, await agent.get(server.issuer + DEVICES), lou)
    expect(again.select('[data-session]')).toHaveLength(1)
    expect(await isSignedIn(agent, party)).toBe(true)
    expect(await ask.isActive(shop, left.tokens.access_token)).toBe(false)
  })

  it('ends one device by its button, and says so once', async () => {
    const { agent } = await atConsole(server, kim, { path: DEVICES })
    const there = createAgent({ headers: { 'user-agent': 'curl/8.9' } })
    const { page: other } = await atConsole(server, kim, { agent: there })
    expect(other.status).toBe(200)
    const page = await agent.get(server.issuer + DEVICES)
    expect(page.text('main')).toContain('curl')
    const done = await agent.submit(page, '[data-end]')
    expect([done.has('[role=status]'), done.text('main').includes('curl')]).toEqual([true, false])
    expect((await agent.get(server.issuer + DEVICES)).has('[role=status]')).toBe(false)
    expect((await there.get(server.issuer + DEVICES)).has('#submit-login')).toBe(true)
  })
})

describe('forms of the page of devices', () => {
  it.each(['end', 'others', 'everywhere'])(
    'X-34 %s wants the token of this visit and our origin',
    async (form) => {
      const { agent } = await atConsole(server, kim, { path: DEVICES })
      const stranger = await atConsole(server, lou, { path: DEVICES })
      const token = stranger.page.select('input[name=csrf]')[0]?.attributes.value ?? ''
      const url = `${server.issuer}${DEVICES}/${form}`
      const own = { headers: { origin: server.issuer } }
      expect((await agent.post(url, { csrf: token, id: 'x' }, own)).status).toBe(403)
      expect((await agent.post(url, { id: 'x' }, own)).status).toBe(403)
      const mine = (await agent.get(server.issuer + DEVICES)).select('input[name=csrf]')[0]?.attributes.value
      const evil = { headers: { origin: 'https://evil.example' } }
      expect((await agent.post(url, { csrf: mine ?? '', id: 'x' }, evil)).status).toBe(403)
      expect((await agent.get(server.issuer + DEVICES)).has('[data-session]')).toBe(true)
    },
  )

  it('ends nothing of another person', async () => {
    const { agent } = await atConsole(server, kim, { path: DEVICES })
    const theirs = await atConsole(server, lou, { path: DEVICES })
    const id = theirs.page.select('[data-session]')[0]?.attributes['data-session'] ?? ''
    const csrf = (await agent.get(server.issuer + DEVICES)).select('input[name=csrf]')[0]?.attributes.value
    const own = { headers: { origin: server.issuer } }
    await agent.post(`${server.issuer}${DEVICES}/end`, { csrf: csrf ?? '', id }, own)
    expect((await theirs.agent.get(server.issuer + DEVICES)).has('[data-session]')).toBe(true)
  })
})
