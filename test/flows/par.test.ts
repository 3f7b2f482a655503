import { randomUUID } from 'node:crypto'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Agent, createAgent } from '../support/browserless.ts'
import { answerOf, type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { kim, own, post, seedWith, shop, startSubject } from './subject.ts'

const pushing = {
  clientId: 'pushing',
  clientSecret: 'the-secret-of-the-pushing-one-is-long-enough',
  redirectUri: 'http://localhost:4720/callback',
}
const browser = createAgent()
let server: RunningServer
let party: RelyingParty

beforeAll(async () => {
  const client = {
    client_id: pushing.clientId,
    client_secret: pushing.clientSecret,
    redirect_uris: [pushing.redirectUri],
    first_party: true,
    require_pushed_authorization_requests: true,
  }
  server = await startSubject({ seed: seedWith([client]) })
  party = await relyingParty(server.issuer, shop)
  await party.signIn(browser, kim)
})
afterAll(() => server?.stop())

/** Pushes the request of an attempt; the browser gets only its URN. */
const push = async (relying: RelyingParty, client: typeof shop, parameters = {}) => {
  const attempt = await relying.leave(parameters)
  const fields = Object.fromEntries(new URL(attempt.url).searchParams)
  const answer = await post(server, '/oauth2/par', fields, client)
  const { request_uri } = answer.body
  const url = new URL(`${server.issuer}/oauth2/authorize`)
  url.search = String(new URLSearchParams({ client_id: client.clientId, request_uri: String(request_uri) }))
  return { ...attempt, answer, url: url.href }
}
const outcome = async (agent: Agent, url: string) => {
  const page = await agent.get(url, { stopAt: 'http://localhost:47' })
  const query = page.location === undefined ? undefined : new URL(page.location).searchParams
  return {
    status: page.status,
    code: query?.get('code'),
    error: query?.get('error') ?? page.select('[data-error]')[0]?.attributes['data-error'],
  }
}

it('a library signs a person in with one', async () => {
  const attempt = await party.leave({ scope: 'openid profile' })
  const parameters = Object.fromEntries(new URL(attempt.url).searchParams)
  const url = await oidc.buildAuthorizationUrlWithPAR(party.config, parameters)
  expect([...url.searchParams.keys()].sort()).toEqual(['client_id', 'request_uri'])
  const callback = await party.callback(browser, kim, { ...attempt, url: url.href })
  expect((await party.arrive(callback, attempt)).claims()?.sub).toBeTruthy()
})

it('X-19 is good once', async () => {
  const pushed = await push(party, shop)
  expect(pushed.answer).toMatchObject({ status: 201, body: { expires_in: 60 } })
  expect(pushed.answer.headers.get('cache-control')).toContain('no-store')
  expect((await outcome(browser, pushed.url)).code).toBeTruthy()
  const again = await outcome(browser, pushed.url)
  expect([again.code, again.error]).toEqual([undefined, 'invalid_request_uri'])
})

it('two tabs that start from one request get one code between them', async () => {
  const pushed = await push(party, shop, { prompt: 'consent' })
  const [first, second] = await Promise.all([browser.get(pushed.url), browser.get(pushed.url)])
  const stop = { stopAt: shop.redirectUri }
  const allowed = [
    await browser.submit(first, '#allow', {}, stop),
    await browser.submit(second, '#allow', {}, stop),
  ]
  const codes = allowed.filter(({ location }) => location?.includes('code='))
  expect(codes).toHaveLength(1)
})

it('X-19 is for its client alone, and nothing else is a request_uri', async () => {
  const pushed = await push(party, shop)
  const urn = new URL(pushed.url).searchParams.get('request_uri') ?? ''
  for (const [client_id, request_uri] of [
    [own.clientId, urn],
    [shop.clientId, `${urn}x`],
    [shop.clientId, 'urn:ietf:params:oauth:request_uri:made-up'],
    [shop.clientId, 'http://127.0.0.1:1/request'],
    [shop.clientId, 'http://169.254.169.254/latest'],
    [shop.clientId, 'file:///etc/passwd'],
  ] as const) {
    const query = new URLSearchParams({ client_id, request_uri })
    const page = await browser.get(`${server.issuer}/oauth2/authorize?${query}`)
    expect([page.status, page.has('[role=alert]')]).toEqual([400, true])
  }
  expect((await outcome(browser, pushed.url)).code).toBeTruthy()
})

it('is checked when it is pushed: client, redirect_uri, PKCE', async () => {
  const attempt = await party.leave()
  const fields = Object.fromEntries(new URL(attempt.url).searchParams)
  const { code_challenge, ...withoutChallenge } = fields
  for (const [wrong, client, status] of [
    [fields, { ...shop, clientSecret: 'not the secret' }, 401],
    [{ ...fields, redirect_uri: 'https://evil.example/' }, shop, 400],
    [withoutChallenge, shop, 400],
    [{ ...fields, code_challenge_method: 'plain' }, shop, 400],
    [{ ...fields, request_uri: `urn:ietf:params:oauth:request_uri:${randomUUID()}` }, shop, 400],
  ] as const)
    expect((await post(server, '/oauth2/par', wrong, client)).status).toBe(status)
})

it('a client that must push cannot do without', async () => {
  const relying = await relyingParty(server.issuer, pushing)
  const { url } = await relying.leave()
  const page = await browser.get(url, { stopAt: pushing.redirectUri })
  expect(new URL(answerOf(page)).searchParams.get('error')).toBe('invalid_request')
  const pushed = await push(relying, pushing)
  expect((await outcome(browser, pushed.url)).code).toBeTruthy()
})
