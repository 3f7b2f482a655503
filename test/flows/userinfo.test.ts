import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { type Calls, calls } from './calls.ts'
import { API, kim, lou, OPAQUE_API, service, shop, startSubject } from './subject.ts'

const browser = createAgent()
let server: RunningServer
let ask: Calls
let party: RelyingParty
let endpoint: string

beforeAll(async () => {
  server = await startSubject()
  ask = calls(server)
  party = await relyingParty(server.issuer, shop)
  endpoint = `${server.issuer}/oauth2/userinfo`
})
afterAll(() => server?.stop())

const signIn = (scope: string, more: Record<string, string> = {}) =>
  party.signIn(browser, kim, { scope, prompt: 'consent', ...more })
const bearer = (token: string) => ({ headers: { authorization: `Bearer ${token}` } })
const refused = async (answer: Response, status: number, error: string) => {
  expect([answer.status, answer.headers.get('www-authenticate')]).toEqual([
    status,
    expect.stringContaining(`error="${error}"`),
  ])
  expect(answer.headers.get('cache-control')).toContain('no-store')
  expect(await answer.json()).toMatchObject({ error })
}

it('tells the claims of the scopes that were allowed, and no others', async () => {
  const tokens = await signIn('openid profile email roles')
  const sub = tokens.claims()?.sub ?? ''
  expect(await oidc.fetchUserInfo(party.config, tokens.access_token, sub)).toEqual({
    sub,
    name: 'Kim',
    updated_at: expect.any(Number),
    email: kim.login,
    email_verified: true,
    roles: expect.arrayContaining(['reader', 'idle']),
  })
  const bare = await signIn('openid')
  expect(await oidc.fetchUserInfo(party.config, bare.access_token, sub)).toEqual({ sub })
})

it('says of an address that nobody has proved that it is not verified', async () => {
  const { access_token } = await party.signIn(createAgent(), lou, { scope: 'openid email' })
  expect(await oidc.fetchUserInfo(party.config, access_token, oidc.skipSubjectCheck)).toMatchObject({
    email: lou.login,
    email_verified: false,
  })
})

it('answers GET and POST alike, and never lets an answer be stored', async () => {
  const { access_token } = await signIn('openid profile')
  for (const method of ['GET', 'POST']) {
    const answer = await fetch(endpoint, { method, ...bearer(access_token) })
    expect([answer.status, answer.headers.get('cache-control')]).toEqual([
      200,
      expect.stringContaining('no-store'),
    ])
    expect(await answer.json()).toMatchObject({ name: 'Kim' })
  }
})

it('X-16 refuses a token in the query', async () => {
  const { access_token } = await signIn('openid')
  const answer = await fetch(`${endpoint}?${new URLSearchParams({ access_token })}`)
  expect([400, 401]).toContain(answer.status)
  expect(await answer.text()).not.toContain('sub')
})

it('X-16 N-21 refuses whatever is not an access token of its own', async () => {
  const { access_token, refresh_token = '', id_token = '' } = await signIn('openid offline_access')
  const jwt = await signIn('openid orders:read', { resource: API })
  const wrong = [refresh_token, id_token, jwt.access_token, access_token.slice(0, -1), 'made-up']
  for (const token of wrong) await refused(await fetch(endpoint, bearer(token)), 401, 'invalid_token')
  const opaque = await signIn('openid ledger:read', { resource: OPAQUE_API })
  await refused(await fetch(endpoint, bearer(opaque.access_token)), 403, 'insufficient_scope')
  expect([400, 401]).toContain((await fetch(endpoint)).status)
})

it("refuses a service's token, which is for nobody", async () => {
  const { body } = await ask.token(service, { grant_type: 'client_credentials' })
  const answer = await fetch(endpoint, bearer(body.access_token ?? ''))
  expect([401, 403]).toContain(answer.status)
})

it('refuses a token without the scope openid, and one that asks for more than it was given', async () => {
  const scopeless = await party.leave({ scope: 'profile', prompt: 'consent' })
  const url = new URL(scopeless.url)
  url.searchParams.delete('nonce')
  const callback = await party.callback(browser, kim, { ...scopeless, url: url.href })
  const { codeVerifier, state } = scopeless
  const checks = { pkceCodeVerifier: codeVerifier, expectedState: state }
  const tokens = await oidc.authorizationCodeGrant(party.config, new URL(callback), checks)
  await refused(await fetch(endpoint, bearer(tokens.access_token)), 403, 'insufficient_scope')
  const { access_token } = await signIn('openid')
  await refused(
    await fetch(`${endpoint}?scope=openid%20email`, bearer(access_token)),
    403,
    'insufficient_scope',
  )
})
