import { createRemoteJWKSet, decodeProtectedHeader, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { API, kim, lou, own, service, shop, spa, startSubject } from './subject.ts'

let server: RunningServer
let confidential: RelyingParty
let publicClient: RelyingParty

beforeAll(async () => {
  server = await startSubject()
  confidential = await relyingParty(server.issuer, shop)
  publicClient = await relyingParty(server.issuer, spa)
})
afterAll(() => server?.stop())

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' }
const verify = async (token: string) => {
  const keys = createRemoteJWKSet(new URL(`${server.issuer}/oauth2/jwks`))
  return jwtVerify(token, keys, { issuer: server.issuer })
}

it('signs a person in to a confidential client, with an ES256 ID token that says how and when', async () => {
  const tokens = await confidential.signIn(createAgent(), kim, { scope: 'openid profile email' })
  const claims = tokens.claims()
  expect(claims).toMatchObject({ iss: server.issuer, aud: 'shop', acr: 'urn:gatehouse:1', amr: ['pwd'] })
  expect(Math.abs(Number(claims?.auth_time) - Date.now() / 1000)).toBeLessThan(60)
  expect(decodeProtectedHeader(tokens.id_token ?? '').alg).toBe('ES256')
  const info = await oidc.fetchUserInfo(confidential.config, tokens.access_token, claims?.sub ?? '')
  expect(info).toMatchObject({ name: 'Kim', email: kim.login, email_verified: true })
})

it('signs a person in to a public client by PKCE alone, and refreshes with rotation', async () => {
  const tokens = await publicClient.signIn(createAgent(), kim, OFFLINE)
  const renewed = await oidc.refreshTokenGrant(publicClient.config, tokens.refresh_token ?? '')
  expect(renewed.refresh_token).not.toBe(tokens.refresh_token)
  expect(renewed.claims()?.sub).toBe(tokens.claims()?.sub)
})

it('N-06 names itself in every answer to an application', async () => {
  const attempt = await confidential.leave()
  const good = new URL(await confidential.callback(createAgent(), kim, attempt))
  expect(good.searchParams.get('iss')).toBe(server.issuer)
  const silent = await confidential.leave({ prompt: 'none' })
  const refused = await createAgent().get(silent.url, { stopAt: shop.redirectUri })
  expect(new URL(refused.location ?? '').searchParams.get('iss')).toBe(server.issuer)
})

it('gives an API a token of RFC 9068 with the scope and roles of the person', async () => {
  const tokens = await confidential.signIn(createAgent(), kim, {
    scope: 'openid orders:read orders:write',
    resource: API,
  })
  const { payload, protectedHeader } = await verify(tokens.access_token)
  expect(protectedHeader).toMatchObject({ typ: 'at+jwt', alg: 'ES256' })
  expect(payload).toMatchObject({ aud: API, client_id: 'shop', scope: 'orders:read', roles: ['reader'] })
  expect(Object.keys(payload).sort()).toEqual(expect.arrayContaining(['exp', 'iat', 'iss', 'jti', 'sub']))
  expect(tokens.scope?.split(' ')).not.toContain('orders:write')
})

it('asks for consent once, and keeps the answer beyond the session', async () => {
  const parameters = { scope: 'openid profile' }
  const person = await relyingParty(server.issuer, shop)
  const first = createAgent()
  const attempt = await person.leave(parameters)
  let page = await first.get(attempt.url)
  page = await first.submit(page, '#submit-login', { login: lou.login, password: lou.password })
  expect(page.select('[data-scope]').map(({ attributes }) => attributes['data-scope'])).toEqual([
    'openid',
    'profile',
  ])
  await first.submit(page, '#allow', {}, { stopAt: shop.redirectUri })
  const second = createAgent()
  const again = await person.leave(parameters)
  page = await second.submit(
    await second.get(again.url),
    '#submit-login',
    { login: lou.login, password: lou.password },
    { stopAt: shop.redirectUri },
  )
  expect(page.location).toContain('code=')
})

it('asks no consent for a first-party client, and gives it a refresh token that ends with the session', async () => {
  const party = await relyingParty(server.issuer, own)
  const agent = createAgent()
  const attempt = await party.leave()
  const page = await agent.submit(
    await agent.get(attempt.url),
    '#submit-login',
    { login: kim.login, password: kim.password },
    { stopAt: own.redirectUri },
  )
  const tokens = await party.arrive(page.location ?? '', attempt)
  expect(tokens.refresh_token).toBeDefined()
})

it('tells the application that the person said no', async () => {
  const agent = createAgent()
  const party = await relyingParty(server.issuer, shop)
  const attempt = await party.leave({ prompt: 'consent' })
  let page = await agent.get(attempt.url)
  page = await agent.submit(page, '#submit-login', { login: kim.login, password: kim.password })
  page = await agent.submit(page, '#deny', {}, { stopAt: shop.redirectUri })
  expect(new URL(page.location ?? '').searchParams.get('error')).toBe('access_denied')
})

it('gives a service a token by client credentials, for what it may do itself', async () => {
  const config = await oidc.discovery(
    new URL(server.issuer),
    service.clientId,
    undefined,
    oidc.ClientSecretBasic(service.clientSecret),
    { execute: [oidc.allowInsecureRequests] },
  )
  const tokens = await oidc.clientCredentialsGrant(config, { resource: API, scope: 'orders:write' })
  const { payload } = await verify(tokens.access_token)
  expect(payload).toMatchObject({ aud: API, sub: 'service', scope: 'orders:write' })
  const opaque = await oidc.clientCredentialsGrant(config)
  expect(opaque.access_token).not.toContain('.')
})
