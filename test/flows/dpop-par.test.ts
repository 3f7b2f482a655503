import { randomUUID } from 'node:crypto'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Agent, createAgent } from '../support/browserless.ts'
import { answerOf, type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { type Calls, calls } from './calls.ts'
import { createHolder, type Holder } from './proofs.ts'
import { kim, own, post, seedWith, shop, spa, startSubject } from './subject.ts'

const bound = {
  clientId: 'bound',
  clientSecret: 'the-secret-of-the-bound-one-is-long-enough',
  redirectUri: 'http://localhost:4720/callback',
}
const pushing = { ...bound, clientId: 'pushing' }
const browser = createAgent()
let server: RunningServer
let ask: Calls
let party: RelyingParty
let application: RelyingParty

beforeAll(async () => {
  const web = {
    client_secret: bound.clientSecret,
    redirect_uris: [bound.redirectUri],
    grant_types: ['authorization_code', 'refresh_token'],
    first_party: true,
  }
  const seed = seedWith([
    { ...web, client_id: 'bound', dpop_bound_access_tokens: true },
    { ...web, client_id: 'pushing', require_pushed_authorization_requests: true },
  ])
  server = await startSubject({ seed })
  ask = calls(server)
  party = await relyingParty(server.issuer, shop)
  application = await relyingParty(server.issuer, spa)
})
afterAll(() => server?.stop())

const OFFLINE = { scope: 'openid profile offline_access', prompt: 'consent' }

describe('DPoP', () => {
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
})

describe('pushed authorization requests', () => {
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
    return { status: page.status, code: query?.get('code'), error: query?.get('error') ?? page.text('.mono') }
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
    expect([again.code ?? undefined, again.error]).toEqual([undefined, 'invalid_request_uri'])
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
})
