import { setTimeout as sleep } from 'node:timers/promises'
import { decodeJwt } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { passGate } from '../support/person.ts'
import { answerOf, type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { type Calls, calls } from './calls.ts'
import { kim, lou, own, shop, spa, startSubject } from './subject.ts'

let server: RunningServer
let ask: Calls
let party: RelyingParty
let ours: RelyingParty

beforeAll(async () => {
  server = await startSubject()
  ask = calls(server)
  party = await relyingParty(server.issuer, shop)
  ours = await relyingParty(server.issuer, own)
})
afterAll(() => server?.stop())

/** Sends the browser to the server; stops at the answer to the application. */
const visit = async (agent: Agent, parameters: Record<string, string>, relying = party): Promise<Page> => {
  const { url } = await relying.leave(parameters)
  return agent.get(url, { stopAt: relying.redirectUri })
}
const answered = async (agent: Agent, parameters: Record<string, string>, relying = party) =>
  new URL(answerOf(await visit(agent, parameters, relying))).searchParams

const signedIn = async (parameters: Record<string, string> = {}) => {
  const agent = createAgent()
  const tokens = await party.signIn(agent, kim, parameters)
  return { agent, tokens, claims: tokens.claims() }
}
const sessionCookie = (agent: Agent) => agent.cookies.find('gatehouse_session')?.value

describe('prompt', () => {
  it('X-17 none: login_required for a stranger, with state and without a page', async () => {
    const attempt = await party.leave({ prompt: 'none' })
    const page = await createAgent().get(attempt.url, { stopAt: shop.redirectUri })
    const { searchParams } = new URL(answerOf(page))
    expect([searchParams.get('error'), searchParams.get('state')]).toEqual(['login_required', attempt.state])
  })

  it('none: a code for who is signed in and has agreed, consent_required for what is new', async () => {
    const { agent } = await signedIn()
    expect((await answered(agent, { prompt: 'none' })).get('code')).toBeTruthy()
    const more = await answered(agent, { prompt: 'none', scope: 'openid profile email roles' })
    expect(more.get('error')).toBe('consent_required')
  })

  it('login: asks again, and the sign-in counts from then on', async () => {
    const { agent, claims } = await signedIn()
    // auth_time is in whole seconds.
    await sleep(1000)
    const attempt = await party.leave({ prompt: 'login' })
    const page = await agent.get(attempt.url)
    expect(page.has('input[name=password]')).toBe(true)
    const done = await passGate(agent, page, kim, { stopAt: shop.redirectUri })
    const again = (await party.arrive(answerOf(done), attempt)).claims()
    expect(again?.sub).toBe(claims?.sub)
    expect(Number(again?.auth_time)).toBeGreaterThan(Number(claims?.auth_time))
  })

  it('login: a wrong password gives nothing, and the earlier session stays as it was', async () => {
    const { agent, claims } = await signedIn()
    const attempt = await party.leave({ prompt: 'login' })
    const page = await agent.submit(await agent.get(attempt.url), '#submit-login', {
      ...kim,
      password: 'not the password',
    })
    expect([page.status, page.has('[role=alert]')]).toEqual([422, true])
    const silent = await party.leave({ prompt: 'none' })
    const { location } = await agent.get(silent.url, { stopAt: shop.redirectUri })
    const tokens = await party.arrive(location ?? '', silent)
    expect(tokens.claims()?.auth_time).toBe(claims?.auth_time)
  })

  it('consent: asks for consent again, not for the password', async () => {
    const { agent } = await signedIn()
    const page = await visit(agent, { prompt: 'consent' })
    expect([page.has('#allow'), page.has('input[name=password]')]).toEqual([true, false])
  })

  it('X-17 refuses none beside another, and a prompt that it does not know', async () => {
    const { agent } = await signedIn()
    for (const prompt of ['none login', 'none consent', 'banana'])
      expect((await answered(agent, { prompt })).get('error')).toBe('invalid_request')
  })
})

describe('max_age', () => {
  it('asks who signed in longer ago, and nobody else', async () => {
    const { agent } = await signedIn()
    expect((await answered(agent, { max_age: '3600', prompt: 'none' })).has('code')).toBe(true)
    await sleep(2000)
    expect((await answered(agent, { max_age: '1', prompt: 'none' })).get('error')).toBe('login_required')
    const page = await visit(agent, { max_age: '1' })
    expect(page.has('input[name=password]')).toBe(true)
  })

  it('asks once: the new sign-in is young enough', async () => {
    const { agent, claims } = await signedIn()
    await sleep(2000)
    const tokens = await party.signIn(agent, kim, { max_age: '1' })
    expect(Number(tokens.claims()?.auth_time)).toBeGreaterThan(Number(claims?.auth_time))
  })

  it('X-17 refuses what is no number of seconds', async () => {
    for (const max_age of ['-1', 'abc', '1.5'])
      expect((await answered(createAgent(), { max_age })).get('error')).toBe('invalid_request')
  })
})

it('login_hint fills in the address, as text', async () => {
  for (const login_hint of [kim.login, '"><script>alert(1)</script>']) {
    const page = await visit(createAgent(), { login_hint })
    expect(page.select('input[name=login]')[0]?.attributes.value).toBe(login_hint)
    expect(page.html).not.toContain('<script>alert')
  }
})

it('id_token_hint: another person is asked to sign in, the same one is not', async () => {
  const { agent, tokens } = await signedIn()
  const other = await party.signIn(createAgent(), lou)
  const hint = (id_token_hint = '') => answered(agent, { prompt: 'none', id_token_hint })
  expect((await hint(tokens.id_token)).has('code')).toBe(true)
  expect((await hint(other.id_token)).get('error')).toBe('login_required')
})

it('every ID token says when and how, asked or not, and the same after a refresh', async () => {
  const { tokens, claims } = await signedIn({
    scope: 'openid offline_access',
    prompt: 'consent',
    acr_values: 'urn:gatehouse:2 urn:gatehouse:1',
  })
  expect(claims).toMatchObject({ acr: 'urn:gatehouse:1', amr: ['pwd'], auth_time: expect.any(Number) })
  const renewed = await ask.refresh(shop, tokens.refresh_token)
  const same = { acr: claims?.acr, amr: claims?.amr, auth_time: claims?.auth_time }
  expect(decodeJwt(renewed.body.id_token ?? '')).toMatchObject(same)
})

describe('one browser', () => {
  it('N-34 gets a new session id at the sign-in and at the next one; the old one is dead', async () => {
    const { agent } = await signedIn()
    const first = sessionCookie(agent)
    const signature = agent.cookies.find('gatehouse_session.sig')?.value
    await party.signIn(agent, kim, { prompt: 'login' })
    expect(sessionCookie(agent)).not.toBe(first)
    const cookie = `gatehouse_session=${first}; gatehouse_session.sig=${signature}`
    const { url } = await party.leave({ prompt: 'none' })
    const answer = await createAgent().get(url, { stopAt: shop.redirectUri, headers: { cookie } })
    expect(new URL(answerOf(answer)).searchParams.get('error')).toBe('login_required')
  })

  it('keeps both authorizations of two tabs in which a person signs in and allows in turn', async () => {
    const agent = createAgent()
    const tabs = await Promise.all(
      [party, await relyingParty(server.issuer, spa)].map(async (relying) => {
        const attempt = await relying.leave({ scope: 'openid offline_access', prompt: 'consent' })
        return { relying, attempt, page: await agent.get(attempt.url) }
      }),
    )
    for (const tab of tabs) tab.page = await agent.submit(tab.page, '#submit-login', kim)
    for (const tab of tabs)
      tab.page = await agent.submit(tab.page, '#allow', {}, { stopAt: tab.relying.redirectUri })
    const got = []
    for (const { relying, attempt, page } of tabs) got.push(await relying.arrive(answerOf(page), attempt))
    for (const [tab, client] of [shop, spa].entries())
      expect((await ask.refresh(client, got[tab]?.refresh_token)).status).toBe(200)
    for (const { relying } of tabs)
      expect((await answered(agent, { prompt: 'none' }, relying)).has('code')).toBe(true)
  })

  it('keeps both authorizations of two tabs that come back with a session at once', async () => {
    const { agent } = await signedIn()
    await ours.signIn(agent, kim)
    const tabs = await Promise.all(
      [party, ours, party, ours].map(async (one) => {
        const attempt = await one.leave()
        const { location } = await agent.get(attempt.url, { stopAt: one.redirectUri })
        return one.arrive(location ?? '', attempt)
      }),
    )
    for (const [tab, tokens] of tabs.entries())
      expect(await ask.isActive(tab % 2 ? own : shop, tokens.access_token)).toBe(true)
  })

  it('passes from one person to another: what was bound to the first session dies', async () => {
    const agent = createAgent()
    const before = await ours.signIn(agent, kim)
    const attempt = await ours.leave({ prompt: 'login' })
    let page = await passGate(agent, await agent.get(attempt.url), lou, { stopAt: own.redirectUri })
    if (page.has('input[name=xsrf]'))
      page = await agent.submit(page, '[type=submit]', {}, { stopAt: own.redirectUri })
    const after = await ours.arrive(answerOf(page), attempt)
    expect(after.claims()?.sub).not.toBe(before.claims()?.sub)
    expect((await ask.refresh(own, before.refresh_token)).status).toBe(400)
    expect((await ask.refresh(own, after.refresh_token)).status).toBe(200)
    const info = await oidc.fetchUserInfo(ours.config, after.access_token, oidc.skipSubjectCheck)
    expect(info.sub).toBe(after.claims()?.sub)
  })
})
