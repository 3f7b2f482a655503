import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { type Calls, calls } from './calls.ts'
import { API, kim, own, service, shop, spa, startSubject } from './subject.ts'

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' }
const laptop = createAgent()
let server: RunningServer
let ask: Calls
let party: RelyingParty

beforeAll(async () => {
  server = await startSubject()
  ask = calls(server)
  party = await relyingParty(server.issuer, shop)
})
afterAll(() => server?.stop())

it('X-37 a revoked refresh token is dead, and every access token of its family with it', async () => {
  const first = await party.signIn(laptop, kim, OFFLINE)
  const second = await oidc.refreshTokenGrant(party.config, first.refresh_token ?? '')
  await oidc.tokenRevocation(party.config, second.refresh_token ?? '')
  const again = await ask.refresh(shop, second.refresh_token)
  expect(again).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
  for (const token of [first.access_token, second.access_token, second.refresh_token])
    expect(await ask.isActive(shop, token)).toBe(false)
  await expect(
    oidc.fetchUserInfo(party.config, second.access_token, oidc.skipSubjectCheck),
  ).rejects.toMatchObject({ status: 401 })
})

it('R-04 who lost the answer to a refresh ends the family with the token that was used up', async () => {
  const first = await party.signIn(laptop, kim, OFFLINE)
  const { body } = await ask.refresh(shop, first.refresh_token)
  expect((await ask.revoke(shop, first.refresh_token)).status).toBe(200)
  expect(await ask.isActive(shop, body.access_token)).toBe(false)
  for (const token of [first.refresh_token, body.refresh_token])
    expect((await ask.refresh(shop, token)).status).toBe(400)
})

it('a revoked access token is dead at introspection and userinfo', async () => {
  const { access_token } = await party.signIn(laptop, kim)
  expect(await ask.isActive(shop, access_token)).toBe(true)
  const revoked = await ask.revoke(shop, access_token, { token_type_hint: 'access_token' })
  expect([revoked.status, revoked.body]).toEqual([200, {}])
  expect(await ask.isActive(shop, access_token)).toBe(false)
  await expect(oidc.fetchUserInfo(party.config, access_token, oidc.skipSubjectCheck)).rejects.toMatchObject({
    status: 401,
  })
})

it('finds a token in spite of a wrong hint, and ignores a hint that it does not know (RFC 7009 §2.1)', async () => {
  for (const token_type_hint of ['access_token', 'banana']) {
    const { refresh_token } = await party.signIn(laptop, kim, OFFLINE)
    await ask.revoke(shop, refresh_token, { token_type_hint })
    expect((await ask.refresh(shop, refresh_token)).status).toBe(400)
  }
})

it('a service revokes a token of its own', async () => {
  const { body } = await ask.token(service, { grant_type: 'client_credentials' })
  expect(await ask.isActive(service, body.access_token)).toBe(true)
  await ask.revoke(service, body.access_token)
  expect(await ask.isActive(service, body.access_token)).toBe(false)
})

it('a public client revokes its own token by its id alone', async () => {
  const application = await relyingParty(server.issuer, spa)
  const { refresh_token } = await application.signIn(laptop, kim, OFFLINE)
  await oidc.tokenRevocation(application.config, refresh_token ?? '')
  expect((await ask.refresh(spa, refresh_token)).status).toBe(400)
})

it("X-37 another client's revocation is answered like any other and does nothing", async () => {
  const tokens = await party.signIn(laptop, kim, OFFLINE)
  for (const client of [own, service, spa])
    for (const token of [tokens.refresh_token, tokens.access_token]) {
      const { status, body } = await ask.revoke(client, token)
      expect([status, body]).toEqual([200, {}])
    }
  expect(await ask.isActive(shop, tokens.access_token)).toBe(true)
  expect((await ask.refresh(shop, tokens.refresh_token)).status).toBe(200)
})

it('revokes on the laptop, and leaves the phone of the same person alone', async () => {
  const there = await party.signIn(createAgent(), kim, OFFLINE)
  const here = await party.signIn(laptop, kim, OFFLINE)
  await ask.revoke(shop, here.refresh_token)
  expect((await ask.refresh(shop, there.refresh_token)).status).toBe(200)
})

it('answers 200 for a token that it does not know, used up, cut or made up (RFC 7009 §2.2)', async () => {
  const { refresh_token = '' } = await party.signIn(laptop, kim, OFFLINE)
  await ask.revoke(shop, refresh_token)
  for (const token of [refresh_token, refresh_token.slice(0, -1), 'made up', '~'.repeat(4000)])
    expect((await ask.revoke(shop, token)).status).toBe(200)
})

it('says that a JWT cannot be revoked, and that a token is missing', async () => {
  const { access_token } = await party.signIn(laptop, kim, {
    scope: 'openid orders:read',
    resource: API,
    prompt: 'consent',
  })
  const jwt = await ask.revoke(shop, access_token)
  expect(jwt).toMatchObject({ status: 400, body: { error: 'unsupported_token_type' } })
  expect(await ask.revoke(shop, '')).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
})

it('X-37 refuses a caller who does not prove who it is', async () => {
  const { refresh_token } = await party.signIn(laptop, kim, OFFLINE)
  const impostor = { ...shop, clientSecret: 'not the secret' }
  for (const client of [impostor, { clientId: 'shop' }, { clientId: 'nobody' }])
    expect(await ask.revoke(client, refresh_token)).toMatchObject({
      status: 401,
      body: { error: 'invalid_client' },
    })
  expect((await ask.revoke(undefined, refresh_token)).status).toBe(400)
  expect((await ask.refresh(shop, refresh_token)).status).toBe(200)
})
