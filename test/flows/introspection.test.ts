import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { type RelyingParty, relyingParty, type Tokens } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { type Calls, calls } from './calls.ts'
import { API, kim, ledger, OPAQUE_API, own, service, shop, spa, startSubject } from './subject.ts'

const browser = createAgent()
let server: RunningServer
let ask: Calls
let party: RelyingParty
/** A token without a resource, one of an API with opaque tokens, one of an API with JWTs. */
let plain: Tokens
let opaque: Tokens
let jwt: Tokens

beforeAll(async () => {
  server = await startSubject()
  ask = calls(server)
  party = await relyingParty(server.issuer, shop)
  const consent = { prompt: 'consent' }
  plain = await party.signIn(browser, kim, { ...consent, scope: 'openid profile offline_access' })
  opaque = await party.signIn(browser, kim, {
    ...consent,
    scope: 'openid ledger:read',
    resource: OPAQUE_API,
  })
  jwt = await party.signIn(browser, kim, { ...consent, scope: 'openid orders:read', resource: API })
})
afterAll(() => server?.stop())

const nothing = (answer: { status: number; body: object }) =>
  expect([answer.status, answer.body]).toEqual([200, { active: false }])

it('tells a client about its own tokens', async () => {
  const answer = await oidc.tokenIntrospection(party.config, plain.access_token)
  expect(answer).toMatchObject({
    active: true,
    client_id: 'shop',
    iss: server.issuer,
    sub: plain.claims()?.sub,
    scope: 'openid profile offline_access',
    token_type: 'Bearer',
  })
  expect(Number(answer.exp) - Number(answer.iat)).toBe(600)
  expect(await ask.introspect(shop, plain.refresh_token)).toMatchObject({
    body: { active: true, client_id: 'shop' },
  })
  expect((await ask.introspect(shop, opaque.access_token)).body).toMatchObject({ aud: OPAQUE_API })
})

it("tells an API about its own tokens, with the person's permissions and roles there, and about no others", async () => {
  expect((await ask.introspect(ledger, opaque.access_token)).body).toMatchObject({
    active: true,
    aud: OPAQUE_API,
    client_id: 'shop',
    scope: 'ledger:read',
    roles: ['reader'],
    sub: plain.claims()?.sub,
  })
  nothing(await ask.introspect(ledger, plain.access_token))
  nothing(await ask.introspect(ledger, plain.refresh_token))
})

it('tells a client that may introspect all about every access token, and about no refresh token of others', async () => {
  for (const { access_token } of [plain, opaque]) expect(await ask.isActive(service, access_token)).toBe(true)
  nothing(await ask.introspect(service, plain.refresh_token))
  nothing(await ask.introspect(service, plain.refresh_token, { token_type_hint: 'refresh_token' }))
})

it("X-37 tells nobody else anything: another client's token looks like none", async () => {
  for (const client of [own, spa])
    for (const token of [plain.access_token, plain.refresh_token, opaque.access_token, 'made up'])
      nothing(await ask.introspect(client, token))
})

it('says the same of a token that is no more, cut, or of another kind', async () => {
  const code = new URL(await party.callback(browser, kim, await party.leave())).searchParams.get('code')
  for (const token of [code ?? '', plain.access_token.slice(1), `${plain.access_token}x`])
    nothing(await ask.introspect(service, token))
})

it('N-21 does not introspect a JWT, be it an access token or an ID token, and says so', async () => {
  for (const token of [jwt.access_token, plain.id_token])
    for (const client of [shop, service])
      expect(await ask.introspect(client, token)).toMatchObject({
        status: 400,
        body: { error: 'unsupported_token_type' },
      })
})

it('X-37 refuses a caller who does not prove who it is, and never lets an answer be stored', async () => {
  const impostor = { ...ledger, clientSecret: 'not the secret' }
  for (const client of [impostor, { clientId: 'ledger' }, { clientId: 'nobody' }]) {
    const answer = await ask.introspect(client, plain.access_token)
    expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
    expect(answer.headers.get('cache-control')).toContain('no-store')
  }
  expect((await ask.introspect(undefined, plain.access_token)).status).toBe(400)
  const good = await ask.introspect(shop, plain.access_token)
  expect(good.headers.get('cache-control')).toContain('no-store')
})
