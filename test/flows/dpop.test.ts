import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { type Calls, calls } from './calls.ts'
import { createHolder, type Holder } from './proofs.ts'
import { kim, seedWith, spa, startSubject } from './subject.ts'

const bound = {
  clientId: 'bound',
  clientSecret: 'the-secret-of-the-bound-one-is-long-enough',
  redirectUri: 'http://localhost:4720/callback',
}
const OFFLINE = { scope: 'openid profile offline_access', prompt: 'consent' }
const browser = createAgent()
let server: RunningServer
let ask: Calls
let application: RelyingParty

beforeAll(async () => {
  const client = {
    client_id: bound.clientId,
    client_secret: bound.clientSecret,
    redirect_uris: [bound.redirectUri],
    first_party: true,
    dpop_bound_access_tokens: true,
  }
  server = await startSubject({ seed: seedWith([client]) })
  ask = calls(server)
  application = await relyingParty(server.issuer, spa)
})
afterAll(() => server?.stop())

const token = () => ({ htm: 'POST', htu: `${server.issuer}/oauth2/token` })
const userinfo = () => ({ htm: 'GET', htu: `${server.issuer}/oauth2/userinfo` })
const refresh = (refreshToken: string | undefined, proof: string) =>
  ask.token(spa, { grant_type: 'refresh_token', refresh_token: refreshToken ?? '' }, { dpop: proof })

/** Tokens of a public client that are bound to the key of `holder`. */
const signIn = async (holder: Holder) => {
  const attempt = await application.leave(OFFLINE)
  const callback = new URL(await application.callback(browser, kim, attempt))
  const { body } = await ask.token(
    spa,
    {
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      code_verifier: attempt.codeVerifier,
      redirect_uri: spa.redirectUri,
    },
    { dpop: await holder.prove(token()) },
  )
  return body
}
const claims = async (accessToken: string, proof: string) =>
  fetch(userinfo().htu, { headers: { authorization: `DPoP ${accessToken}`, dpop: proof } })

it('N-08 binds the tokens of a client to its key, as its library does', async () => {
  const DPoP = oidc.getDPoPHandle(application.config, await oidc.randomDPoPKeyPair('ES256'))
  const attempt = await application.leave(OFFLINE)
  const callback = new URL(await application.callback(browser, kim, attempt))
  const checks = {
    pkceCodeVerifier: attempt.codeVerifier,
    expectedState: attempt.state,
    expectedNonce: attempt.nonce,
  }
  const tokens = await oidc.authorizationCodeGrant(application.config, callback, checks, undefined, {
    DPoP,
  })
  expect(tokens.token_type).toBe('dpop')
  const sub = tokens.claims()?.sub ?? ''
  const info = await oidc.fetchUserInfo(application.config, tokens.access_token, sub, { DPoP })
  expect(info.name).toBe('Kim')
  const renewed = await oidc.refreshTokenGrant(application.config, tokens.refresh_token ?? '', undefined, {
    DPoP,
  })
  expect(renewed.token_type).toBe('dpop')
})

it('tells the key at introspection', async () => {
  const holder = await createHolder()
  const { access_token } = await signIn(holder)
  expect((await ask.introspect(spa, access_token)).body).toMatchObject({
    active: true,
    cnf: { jkt: holder.thumbprint },
    token_type: 'DPoP',
  })
})

it('N-08 a token is worth nothing without its key: no proof, another key, a proof for another token', async () => {
  const [holder, thief] = await Promise.all([createHolder(), createHolder()])
  const { access_token = '', refresh_token } = await signIn(holder)
  const bearer = await fetch(userinfo().htu, { headers: { authorization: `Bearer ${access_token}` } })
  expect(bearer.status).toBe(401)
  for (const proof of [
    await thief.prove(userinfo(), { token: access_token }),
    await holder.prove(userinfo(), { token: 'another token' }),
    await holder.prove(userinfo()),
    '',
  ])
    expect([400, 401]).toContain((await claims(access_token, proof)).status)
  expect((await ask.refresh(spa, refresh_token)).status).toBe(400)
  expect(await refresh(refresh_token, await thief.prove(token()))).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  })
  expect((await claims(access_token, await holder.prove(userinfo(), { token: access_token }))).status).toBe(
    200,
  )
  expect((await refresh(refresh_token, await holder.prove(token()))).status).toBe(200)
})

it('X-15 a proof is good once, at the token endpoint and at userinfo', async () => {
  const holder = await createHolder()
  const { access_token = '', refresh_token } = await signIn(holder)
  const seen = await holder.prove(userinfo(), { token: access_token })
  expect([(await claims(access_token, seen)).status, (await claims(access_token, seen)).status]).toEqual([
    200, 401,
  ])
  const proof = await holder.prove(token())
  const first = await refresh(refresh_token, proof)
  expect(first.status).toBe(200)
  expect(await refresh(first.body.refresh_token, proof)).toMatchObject({ status: 400 })
  expect((await refresh(first.body.refresh_token, await holder.prove(token()))).status).toBe(200)
})

it('R-04 gives the same successor to a retry with a fresh proof of the same key only', async () => {
  const [holder, thief] = await Promise.all([createHolder(), createHolder()])
  const { refresh_token } = await signIn(holder)
  const winner = await refresh(refresh_token, await holder.prove(token()))
  const retry = await refresh(refresh_token, await holder.prove(token()))
  expect([retry.status, retry.body]).toEqual([200, winner.body])
  expect((await refresh(refresh_token, await thief.prove(token()))).status).toBe(400)
  expect((await ask.refresh(spa, refresh_token)).status).toBe(400)
  expect((await refresh(winner.body.refresh_token, await holder.prove(token()))).status).toBe(200)
})

it('X-15 refuses a proof for another request, an old one, one of another form', async () => {
  const holder = await createHolder()
  const { refresh_token } = await signIn(holder)
  const old = { iat: Math.floor(Date.now() / 1000) - 3600 }
  for (const proof of [
    await holder.prove({ ...token(), htm: 'GET' }),
    await holder.prove({ ...token(), htu: `${server.issuer}/oauth2/revoke` }),
    await holder.prove({ ...token(), htu: 'https://other.example/oauth2/token' }),
    await holder.prove(token(), { claims: old }),
    await holder.prove(token(), { claims: { jti: undefined } }),
    await holder.prove(token(), { header: { typ: 'JWT' } }),
    await holder.prove(token(), { header: { jwk: { kty: 'oct', k: 'c2VjcmV0' } } }),
    'made up',
  ]) {
    const { status, body } = await refresh(refresh_token, proof)
    expect([status, body.error]).toEqual([
      400,
      expect.stringMatching(/^(invalid_dpop_proof|use_dpop_nonce)$/),
    ])
  }
  expect((await refresh(refresh_token, await holder.prove(token()))).status).toBe(200)
})

it('a client that is registered so gets no token without a proof', async () => {
  const relying = await relyingParty(server.issuer, bound)
  const attempt = await relying.leave()
  const callback = await relying.callback(browser, kim, attempt)
  await expect(relying.arrive(callback, attempt)).rejects.toMatchObject({ error: 'invalid_grant' })
})

it('a code asked for with dpop_jkt is for that key alone (RFC 9449 §10)', async () => {
  const [holder, thief] = await Promise.all([createHolder(), createHolder()])
  const attempt = await application.leave({ ...OFFLINE, dpop_jkt: holder.thumbprint })
  const callback = new URL(await application.callback(browser, kim, attempt))
  const answer = await ask.token(
    spa,
    {
      grant_type: 'authorization_code',
      code: callback.searchParams.get('code') ?? '',
      code_verifier: attempt.codeVerifier,
      redirect_uri: spa.redirectUri,
    },
    { dpop: await thief.prove(token()) },
  )
  expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
})
