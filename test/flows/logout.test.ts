import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { type Calls, calls } from './calls.ts'
import { kim, own, shop, startSubject } from './subject.ts'

const HOME = 'http://localhost:4700'
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

const logoutPage = (agent: Agent, parameters: Record<string, string> = {}): Promise<Page> =>
  agent.get(oidc.buildEndSessionUrl(party.config, parameters).href)

/** Parameters of the answer to a silent authorization request of this browser. */
const silently = async (agent: Agent, relying = party): Promise<URLSearchParams> => {
  const { url } = await relying.leave({ prompt: 'none' })
  const { location } = await agent.get(url, { stopAt: relying.redirectUri })
  return new URL(location ?? '').searchParams
}
const isSignedIn = async (agent: Agent, relying = party): Promise<boolean> =>
  (await silently(agent, relying)).has('code')

const signedIn = async (parameters?: Record<string, string>) => {
  const agent = createAgent()
  return { agent, tokens: await party.signIn(agent, kim, parameters) }
}

it('N-35 always asks, with a hint and without; a GET alone ends nothing (X-33)', async () => {
  const { agent, tokens } = await signedIn()
  const hint = { id_token_hint: tokens.id_token ?? '', post_logout_redirect_uri: HOME }
  for (const parameters of [{}, hint]) {
    const page = await logoutPage(agent, parameters)
    expect([page.status, page.has('#logout-yes'), page.has('#logout-no')]).toEqual([200, true, true])
  }
  expect(await isSignedIn(agent)).toBe(true)
})

it('goes back to the application with its state after a yes', async () => {
  const { agent, tokens } = await signedIn()
  const page = await logoutPage(agent, {
    id_token_hint: tokens.id_token ?? '',
    post_logout_redirect_uri: HOME,
    state: 'a state & more',
  })
  const { status, location } = await agent.submit(page, '#logout-yes', {}, { stopAt: HOME })
  expect(status).toBe(303)
  const { origin, searchParams } = new URL(location ?? '')
  expect([origin, [...searchParams]]).toEqual([HOME, [['state', 'a state & more']]])
})

it('goes back to the application that names itself by client_id alone', async () => {
  const { agent } = await signedIn()
  const page = await logoutPage(agent, { client_id: 'shop', post_logout_redirect_uri: HOME })
  const { location } = await agent.submit(page, '#logout-yes', {}, { stopAt: HOME })
  expect(location).toBe(`${HOME}/`)
})

it('shows a page of its own where nobody is known to go back to', async () => {
  const { agent } = await signedIn()
  const page = await logoutPage(agent, { client_id: '', post_logout_redirect_uri: 'https://evil.example' })
  const done = await agent.submit(page, '#logout-yes')
  expect([done.status, done.url]).toEqual([200, `${server.issuer}/oauth2/logout/success`])
  expect(done.html).not.toContain('evil')
  expect(await isSignedIn(agent)).toBe(false)
})

it('X-34 the session is dead after a yes, also for who kept its cookie', async () => {
  const { agent } = await signedIn()
  const kept = agent.cookies.find('gatehouse_session')
  const signature = agent.cookies.find('gatehouse_session.sig')
  await agent.submit(await logoutPage(agent), '#logout-yes')
  expect(agent.cookies.find('gatehouse_session')).toBeUndefined()
  expect((await silently(agent)).get('error')).toBe('login_required')
  const thief = createAgent()
  const cookie = `gatehouse_session=${kept?.value}; gatehouse_session.sig=${signature?.value}`
  const { url } = await party.leave({ prompt: 'none' })
  const answer = await thief.get(url, { stopAt: shop.redirectUri, headers: { cookie } })
  expect(new URL(answer.location ?? '').searchParams.get('error')).toBe('login_required')
})

it('X-34 tokens without offline_access die with the session; those with it live on', async () => {
  const { agent, tokens } = await signedIn({ scope: 'openid offline_access', prompt: 'consent' })
  const bound = await ours.signIn(agent, kim)
  await agent.submit(await logoutPage(agent), '#logout-yes')
  const dead = await ask.refresh(own, bound.refresh_token)
  expect(dead).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  expect(await ask.isActive(own, bound.access_token)).toBe(false)
  await expect(
    oidc.fetchUserInfo(ours.config, bound.access_token, oidc.skipSubjectCheck),
  ).rejects.toMatchObject({ status: 401 })
  expect(await ask.isActive(shop, tokens.access_token)).toBe(true)
  expect((await ask.refresh(shop, tokens.refresh_token)).status).toBe(200)
})

it('a code that was not traded yet dies with the session', async () => {
  const { agent } = await signedIn()
  const attempt = await party.leave()
  const callback = await party.callback(agent, kim, attempt)
  await agent.submit(await logoutPage(agent), '#logout-yes')
  await expect(party.arrive(callback, attempt)).rejects.toMatchObject({ error: 'invalid_grant' })
})

it('ends this browser only, not the phone', async () => {
  const phone = await signedIn()
  const { agent } = await signedIn()
  await agent.submit(await logoutPage(agent), '#logout-yes')
  expect(await isSignedIn(phone.agent)).toBe(true)
})

it('a no leaves the person signed in, and the tokens of other applications alive', async () => {
  const { agent, tokens } = await signedIn()
  const other = await ours.signIn(agent, kim)
  const page = await logoutPage(agent, { id_token_hint: tokens.id_token ?? '' })
  await agent.submit(page, '#logout-no', {}, { stopAt: HOME })
  expect([await isSignedIn(agent), await isSignedIn(agent, ours)]).toEqual([true, true])
  expect((await ask.refresh(own, other.refresh_token)).status).toBe(200)
})

it('N-11 X-33 refuses an address that is not registered to the letter, before it asks', async () => {
  const { agent } = await signedIn()
  for (const uri of [
    `${HOME}/`,
    `${HOME}/x`,
    `${HOME}.evil.example`,
    `${HOME}@evil.example`,
    'http://localhost:4701',
    'HTTP://localhost:4700',
    'javascript:alert(1)',
    'https://evil.example/',
  ]) {
    const page = await logoutPage(agent, { client_id: 'shop', post_logout_redirect_uri: uri })
    expect([page.status, page.has('#logout-yes'), page.location]).toEqual([400, false, undefined])
    expect(page.html).toContain('invalid_request')
  }
  expect(await isSignedIn(agent)).toBe(true)
})

it('X-33 refuses a hint that it did not sign, or that is for another client', async () => {
  const { agent, tokens } = await signedIn()
  const hint = tokens.id_token ?? ''
  const [head, body, signature = ''] = hint.split('.')
  const forged = [head, body, [...signature].reverse().join('')].join('.')
  const elsewhere = await ours.signIn(createAgent(), kim)
  for (const parameters of [
    { id_token_hint: forged },
    { id_token_hint: 'made up' },
    { id_token_hint: elsewhere.id_token ?? '', client_id: 'shop' },
    { id_token_hint: `${Buffer.from('{"alg":"none"}').toString('base64url')}.${body}.` },
  ]) {
    const page = await logoutPage(agent, parameters)
    expect([page.status, page.has('#logout-yes')]).toEqual([400, false])
  }
  expect(await isSignedIn(agent)).toBe(true)
})

it('X-34 a form from elsewhere, without the hidden token of the page, ends nothing', async () => {
  const { agent } = await signedIn()
  const page = await logoutPage(agent)
  const confirm = `${server.issuer}/oauth2/logout/confirm`
  const other = await logoutPage((await signedIn()).agent)
  const theirs = other.select('input[name=xsrf]')[0]?.attributes.value ?? ''
  for (const fields of [{ logout: 'yes' }, { logout: 'yes', xsrf: theirs }]) {
    const answer = await agent.post(confirm, fields, { headers: { origin: 'https://evil.example' } })
    expect([400, 403]).toContain(answer.status)
  }
  expect(await isSignedIn(agent)).toBe(true)
  expect(page.select('input[name=xsrf]')[0]?.attributes.value).not.toBe(theirs)
})

it('logs out who is not signed in without a question that makes no sense', async () => {
  const agent = createAgent()
  const page = await logoutPage(agent, { client_id: 'shop', post_logout_redirect_uri: HOME })
  expect([page.status, page.has('#logout-yes')]).toEqual([200, false])
  const { location } = await agent.submit(page, '[type=submit]', {}, { stopAt: HOME })
  expect(location).toBe(`${HOME}/`)
})
