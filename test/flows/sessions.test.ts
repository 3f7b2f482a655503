import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parallel } from '../contract/open-for-test.ts'
import { createAgent } from '../support/browserless.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { storeBeside } from './beside.ts'
import { type Calls, calls } from './calls.ts'
import { expectTokensDead, isSignedIn, leaveBehind } from './left-behind.ts'
import { type RestTokens, restClient } from './rest-client.ts'
import { kim, lou, own, shop, startSubject } from './subject.ts'

const FIREFOX = 'Mozilla/5.0 (Macintosh; Intel Mac OS X 10.15; rv:128.0) Gecko/20100101 Firefox/128.0'

let server: RunningServer
let ask: Calls
let party: RelyingParty
let rest: ReturnType<typeof restClient>

beforeAll(async () => {
  server = await startSubject({ env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1' } })
  ask = calls(server)
  party = await relyingParty(server.issuer, shop)
  rest = restClient(server)
})
afterAll(() => server?.stop())

interface Session {
  id: string
  kind: string
  device: string
  current: boolean
  [member: string]: unknown
}

const list = async ({ access }: RestTokens): Promise<Session[]> => {
  const { status, body } = await rest.send('GET', '/auth/sessions', { access })
  expect(status).toBe(200)
  const { sessions }: { sessions?: Session[] } = body
  return sessions ?? []
}
const end = ({ access }: RestTokens, id: string) => rest.send('DELETE', `/auth/sessions/${id}`, { access })
const endOthers = ({ access }: RestTokens) => rest.send('DELETE', '/auth/sessions', { access })

const fresh = async (person = kim) => {
  const tokens = await rest.login(person)
  await endOthers(tokens)
  return tokens
}
const atFirefox = () => createAgent({ headers: { 'user-agent': FIREFOX } })

describe('GET /auth/sessions', () => {
  it('shows each sign-in with its device and times, and no id that means something elsewhere', async () => {
    const tokens = await fresh()
    await party.signIn(atFirefox(), kim)
    const sessions = await list(tokens)
    expect(sessions).toEqual([
      {
        id: expect.stringMatching(/^[\w-]{22}$/),
        kind: 'browser',
        device: 'Firefox on macOS',
        device_kind: 'computer',
        address: '127.0.0.1',
        started_at: expect.stringMatching(/^\d{4}-.*Z$/),
        last_used_at: expect.stringMatching(/^\d{4}-.*Z$/),
        current: false,
      },
      expect.objectContaining({ kind: 'api', device: 'desk', device_kind: 'program', current: true }),
    ])
  })

  it('does not grow with visits, only with sign-ins', async () => {
    const tokens = await fresh()
    const agent = atFirefox()
    await party.signIn(agent, kim)
    const before = await list(tokens)
    await party.signIn(agent, kim)
    await (await relyingParty(server.issuer, own)).signIn(agent, kim)
    await rest.refresh(tokens)
    expect(await list(tokens)).toHaveLength(before.length)
  })

  it('has no session that was logged out', async () => {
    const tokens = await fresh()
    const second = await rest.login(kim)
    expect(await list(tokens)).toHaveLength(2)
    const { access, refresh } = second
    const out = await rest.send('POST', '/auth/logout', { access, body: { refresh_token: refresh } })
    expect(out.status).toBe(204)
    expect(await list(tokens)).toHaveLength(1)
  })

  it('needs a good token', async () => {
    for (const [method, path] of [
      ['GET', '/auth/sessions'],
      ['DELETE', '/auth/sessions'],
      ['DELETE', '/auth/sessions/x'],
    ] as const) {
      expect((await rest.send(method, path)).status).toBe(401)
      expect((await rest.send(method, path, { access: 'made.up.token' })).status).toBe(401)
    }
  })
})

describe('DELETE /auth/sessions/{id}', () => {
  it('C-25 ends a browser session with every token that it gave, offline ones as well', async () => {
    const tokens = await fresh()
    const left = await leaveBehind(party, kim, atFirefox())
    const there = (await list(tokens)).find(({ kind }) => kind === 'browser')
    expect((await end(tokens, there?.id ?? '')).status).toBe(204)
    await expectTokensDead(left, { ask, party })
    expect(await isSignedIn(left.agent, party)).toBe(false)
    expect(await list(tokens)).toHaveLength(1)
  })

  it('C-25 leaves the other sessions of the person alone', async () => {
    const tokens = await fresh()
    const [laptop, phone] = [await leaveBehind(party, kim), await leaveBehind(party, kim)]
    const sessions = (await list(tokens)).filter(({ kind }) => kind === 'browser')
    // The newest is the phone's.
    expect((await end(tokens, sessions[0]?.id ?? '')).status).toBe(204)
    await expectTokensDead(phone, { ask, party })
    expect(await ask.isActive(shop, laptop.tokens.access_token)).toBe(true)
    expect(await isSignedIn(laptop.agent, party)).toBe(true)
    expect(await rest.isGood(tokens)).toBe(true)
  })

  it('ends a sign-in of the API: its access token is refused here at once', async () => {
    const tokens = await fresh()
    const other = await rest.login(kim)
    const there = (await list(tokens)).find(({ current }) => !current)
    expect((await end(tokens, there?.id ?? '')).status).toBe(204)
    expect(await rest.isGood(other)).toBe(false)
    expect((await rest.refresh(other)).status).toBe(401)
  })

  it('ends the own one, too', async () => {
    const tokens = await fresh()
    const here = (await list(tokens)).find(({ current }) => current)
    expect((await end(tokens, here?.id ?? '')).status).toBe(204)
    expect(await rest.isGood(tokens)).toBe(false)
    expect((await rest.refresh(tokens)).status).toBe(401)
  })

  it('answers alike for an unknown id and one of another person, and ends nothing', async () => {
    const [mine, theirs] = [await fresh(), await fresh(lou)]
    const [session] = await list(theirs)
    const answers = [await end(mine, session?.id ?? ''), await end(mine, 'made-up')]
    for (const { status, body } of answers) expect([status, body.code]).toEqual([404, 'not_found'])
    expect(await rest.isGood(theirs)).toBe(true)
  })

  it('R-04 can be asked for twice at the same moment: one ends it, the others find nothing', async () => {
    const tokens = await fresh()
    const left = await leaveBehind(party, kim)
    const there = (await list(tokens)).find(({ kind }) => kind === 'browser')
    const answers = await parallel(4, () => end(tokens, there?.id ?? ''))
    expect(answers.map(({ status }) => status).sort()).toEqual([204, 404, 404, 404])
    await expectTokensDead(left, { ask, party })
  })

  it('R-04 is not undone by tabs that are busy in the same browser', async () => {
    const tokens = await fresh()
    const agent = atFirefox()
    await party.signIn(agent, kim)
    const there = (await list(tokens)).find(({ kind }) => kind === 'browser')
    const tab = async () => isSignedIn(agent, party)
    await Promise.all([...Array.from({ length: 6 }, tab), end(tokens, there?.id ?? ''), tab(), tab()])
    expect(await isSignedIn(agent, party)).toBe(false)
    expect(await list(tokens)).toHaveLength(1)
  })
})

it('DELETE /auth/sessions ends all but the one that calls', async () => {
  const tokens = await rest.login(kim)
  const [left, other] = [await leaveBehind(party, kim), await rest.login(kim)]
  expect((await endOthers(tokens)).status).toBe(204)
  await expectTokensDead(left, { ask, party })
  expect(await isSignedIn(left.agent, party)).toBe(false)
  expect(await rest.isGood(other)).toBe(false)
  expect(await list(tokens)).toMatchObject([{ current: true }])
})

it('everything about sessions is in the audit, with device and address', async () => {
  const tokens = await fresh(lou)
  await party.signIn(atFirefox(), lou)
  const there = (await list(tokens)).find(({ kind }) => kind === 'browser')
  await end(tokens, there?.id ?? '')
  const store = await storeBeside(server)
  const sub = (await store.accounts.findByEmailKey(lou.login))?.sub ?? ''
  const read = async () => (await store.audit.list({ sub, limit: 50 })).map(({ type }) => type)
  await expect.poll(read, { timeout: 5_000 }).toContain('session.ended')
  const events = await store.audit.list({ sub, limit: 50 })
  await store.close()
  const ended = events.find(({ type }) => type === 'session.ended')
  const started = events.find(({ type, detail }) => type === 'session.started' && detail.kind === 'browser')
  for (const event of [ended, started])
    expect(event).toMatchObject({
      actor: sub,
      address: '127.0.0.1',
      detail: { kind: 'browser', device: 'Firefox on macOS' },
    })
  expect(events.map(({ type }) => type)).toContain('sessions.ended')
})

it('a logout at the gate is in the audit of the person, and a no is not', async () => {
  const agent = createAgent()
  const sub = (await party.signIn(agent, lou)).claims()?.sub ?? ''
  const store = await storeBeside(server)
  const logouts = async () => {
    const events = await store.audit.list({ sub, limit: 50, type: 'session.ended' })
    return events.filter(({ detail }) => detail.kind === undefined)
  }
  const ask = () => agent.get(`${server.issuer}/oauth2/logout`)
  await agent.submit(await ask(), '#logout-no')
  await agent.submit(await ask(), '#logout-yes')
  await expect.poll(async () => (await logouts()).length, { timeout: 5_000 }).toBeGreaterThan(0)
  expect(await logouts()).toMatchObject([{ sub, actor: sub, address: '127.0.0.1' }])
  await store.close()
})
