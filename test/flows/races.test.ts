import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { exportJWK, generateKeyPair, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parallel } from '../contract/open-for-test.ts'
import { type Agent, createAgent } from '../support/browserless.ts'
import { isScale } from '../support/deployment.ts'
import { startLateServer } from '../support/late-server.ts'
import { answerOf, type RelyingParty, relyingParty } from '../support/relying-party.ts'
import { countStored, storeBeside } from './beside.ts'
import { type Calls, calls } from './calls.ts'
import { createHolder } from './proofs.ts'
import { kim, post, seedWith, shop, spa, startSubject } from './subject.ts'

/** Each race is run so often; a race that is won by luck is lost by repetition. */
const ROUNDS = process.env.LONG === '1' ? 100 : 3
const MANY = 50
const FEW = 20
const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' }

const robot = await generateKeyPair('ES256')
const own = (index: number) => ({
  clientId: `own-${index}`,
  clientSecret: 'the-secret-of-one-of-many-is-long-enough',
  redirectUri: `http://localhost:47${30 + index}/callback`,
})
const family = Array.from({ length: 10 }, (_, index) => own(index))

const seed = async () =>
  seedWith([
    ...family.map(({ clientId, clientSecret, redirectUri }) => ({
      client_id: clientId,
      client_secret: clientSecret,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      first_party: true,
    })),
    {
      client_id: 'robot',
      redirect_uris: [],
      grant_types: ['client_credentials'],
      token_endpoint_auth_method: 'private_key_jwt',
      jwks: { keys: [{ ...(await exportJWK(robot.publicKey)), alg: 'ES256' }] },
    },
  ])

interface Server {
  issuer: string
  home: string
  stop(): Promise<unknown>
}

/** A server, and a browser in which a person has signed in. */
interface Subject {
  server: Server
  ask: Calls
  party: RelyingParty
  relying: RelyingParty[]
  browser: Agent
}

const subject = async (server: Server): Promise<Subject> => {
  const browser = createAgent()
  const party = await relyingParty(server.issuer, shop)
  await party.signIn(browser, kim, OFFLINE)
  const relying = await Promise.all(family.map((client) => relyingParty(server.issuer, client)))
  return { server, ask: calls(server), party, relying, browser }
}

const statuses = (answers: { status: number }[]) => {
  const counts: Record<number, number> = {}
  for (const { status } of answers) counts[status] = (counts[status] ?? 0) + 1
  return counts
}

const stored = async ({ server }: Subject) => ({
  refresh: await countStored(server, 'RefreshToken'),
  access: await countStored(server, 'AccessToken'),
})

const codeOf = async ({ party, browser }: Subject, relying = party) => {
  const attempt = await relying.leave(OFFLINE)
  const callback = new URL(await relying.callback(browser, kim, attempt))
  return {
    grant_type: 'authorization_code',
    code: callback.searchParams.get('code') ?? '',
    code_verifier: attempt.codeVerifier,
    redirect_uri: relying.redirectUri,
  }
}

const code = async (on: Subject): Promise<void> => {
  const fields = await codeOf(on)
  const answers = await parallel(MANY, () => on.ask.token(shop, fields))
  expect(statuses(answers)).toEqual({ 200: 1, 400: MANY - 1 })
  for (const { status, body } of answers) if (status === 400) expect(body.error).toBe('invalid_grant')
  const winner = answers.find(({ status }) => status === 200)?.body
  expect(await on.ask.isActive(shop, winner?.access_token)).toBe(false)
  expect((await on.ask.refresh(shop, winner?.refresh_token)).status).toBe(400)
}

const refresh = async (on: Subject): Promise<void> => {
  const { refresh_token } = await on.party.signIn(on.browser, kim, OFFLINE)
  const before = await stored(on)
  const answers = await parallel(MANY, () => on.ask.refresh(shop, refresh_token))
  expect(statuses(answers)).toEqual({ 200: MANY })
  expect(new Set(answers.map(({ body }) => JSON.stringify(body))).size).toBe(1)
  expect(await stored(on)).toEqual({
    refresh: before.refresh + 1,
    access: before.access + 1,
  })
  expect((await on.ask.refresh(shop, answers[0]?.body.refresh_token)).status).toBe(200)
}

const pushed = async (on: Subject): Promise<void> => {
  const attempt = await on.party.leave()
  const fields = Object.fromEntries(new URL(attempt.url).searchParams)
  const { body } = await post(on.server, '/oauth2/par', fields, shop)
  const query = new URLSearchParams({ client_id: shop.clientId, request_uri: String(body.request_uri) })
  const pages = await parallel(FEW, () =>
    on.browser.get(`${on.server.issuer}/oauth2/authorize?${query}`, { stopAt: shop.redirectUri }),
  )
  const answers = pages.map(({ location }) => new URL(location ?? 'about:blank').searchParams)
  expect(answers.filter((answer) => answer.has('code'))).toHaveLength(1)
  for (const answer of answers)
    if (!answer.has('code')) expect(answer.get('error') ?? 'invalid_request_uri').toBe('invalid_request_uri')
}

const assertion = async (on: Subject): Promise<void> => {
  const client_assertion = await new SignJWT({
    iss: 'robot',
    sub: 'robot',
    aud: on.server.issuer,
    jti: randomUUID(),
  })
    .setProtectedHeader({ alg: 'ES256' })
    .setIssuedAt()
    .setExpirationTime('1 minute')
    .sign(robot.privateKey)
  const fields = {
    grant_type: 'client_credentials',
    client_assertion,
    client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
  }
  const answers = await parallel(MANY, () => on.ask.token(undefined, fields))
  expect(statuses(answers)).toEqual({ 200: 1, 401: MANY - 1 })
}

const proof = async (on: Subject): Promise<void> => {
  const holder = await createHolder()
  const fields = await codeOf(on, await relyingParty(on.server.issuer, spa))
  const dpop = await holder.prove({ htm: 'POST', htu: `${on.server.issuer}/oauth2/token` })
  const { body } = await on.ask.token(spa, fields, { dpop })
  const htu = `${on.server.issuer}/oauth2/userinfo`
  const token = body.access_token ?? ''
  const headers = {
    authorization: `DPoP ${token}`,
    dpop: await holder.prove({ htm: 'GET', htu }, { token }),
  }
  expect(statuses(await parallel(MANY, () => fetch(htu, { headers })))).toEqual({ 200: 1, 401: MANY - 1 })
}

const register = async (on: Subject): Promise<void> => {
  const email = `${randomUUID()}@example.com`
  const url = `${on.server.issuer}/register`
  const agent = createAgent()
  const page = await agent.get(url)
  const csrf = page.select('input[name=csrf]')[0]?.attributes.value ?? ''
  const headers = { origin: on.server.issuer }
  const passwords = Array.from({ length: FEW }, (_, index) => `lantern number ${index} on the quay`)
  const pages = await parallel(FEW, (index) =>
    agent.post(url, { csrf, email, name: '', password: passwords[index] ?? '' }, { headers, stopAt: '' }),
  )
  expect(statuses(pages)).toEqual({ 303: 1, 422: FEW - 1 })
  const store = await storeBeside(on.server)
  expect(await store.accounts.list({ limit: 10, prefix: email })).toHaveLength(1)
  await store.close()
  const winner = passwords[pages.findIndex(({ status }) => status === 303)] ?? ''
  const tokens = await on.party.signIn(createAgent(), { login: email, password: winner })
  expect(tokens.claims()?.sub).toBeTruthy()
}

const session = async (on: Subject): Promise<void> => {
  const agent = createAgent()
  await on.party.signIn(agent, kim)
  const tabs = await Promise.all(
    on.relying.map(async (relying) => {
      const attempt = await relying.leave()
      const { location } = await agent.get(attempt.url, { stopAt: relying.redirectUri })
      return relying.arrive(location ?? '', attempt)
    }),
  )
  for (const [index, { refresh_token }] of tabs.entries())
    expect((await on.ask.refresh(own(index), refresh_token)).status).toBe(200)
}

const logout = async (on: Subject): Promise<void> => {
  const agent = createAgent()
  const [first, ...others] = on.relying
  if (!first) throw new Error('no application')
  const { refresh_token } = await first.signIn(agent, kim)
  const page = await agent.get(`${on.server.issuer}/oauth2/logout`)
  const cookies = { ...agent.cookies }
  const cookie = cookies.header(new URL(on.server.issuer)) ?? ''
  await Promise.all([
    ...others.map(async (relying) => {
      const { url } = await relying.leave({ prompt: 'none' })
      return createAgent().get(url, { stopAt: relying.redirectUri, headers: { cookie } })
    }),
    agent.submit(page, '#logout-yes'),
  ])
  const { url } = await first.leave({ prompt: 'none' })
  const answer = await createAgent().get(url, { stopAt: first.redirectUri, headers: { cookie } })
  expect(new URL(answerOf(answer)).searchParams.get('error')).toBe('login_required')
  expect((await on.ask.refresh(own(0), refresh_token)).status).toBe(400)
}

const races: [string, (on: Subject) => Promise<void>][] = [
  ['X-10 C-01 one code: one exchange succeeds, and what it gave is revoked', code],
  ['R-04 one refresh token: everybody gets the one successor, and one is stored', refresh],
  ['X-10 X-19 one pushed request: one code', pushed],
  ['X-10 X-14 one client assertion: one token', assertion],
  ['X-10 X-15 one DPoP proof: one answer', proof],
  ['X-31 one address: one account, with the password of who made it', register],
  ['many applications in one browser at once: each authorization is kept', session],
  ['X-34 a logout among sign-ins of other tabs: the session stays dead', logout],
]

const env = { LIMIT_REGISTRATION_PREFIX: '1000000', ARGON2_MEMORY: '128', ARGON2_TIME: '1' }
const kinds: [string, () => Promise<Server>][] = [
  ['the server', async () => startSubject({ seed: await seed(), env })],
]
if (!isScale) {
  kinds.push([
    'the server on a store that answers late',
    async () => startLateServer({ seed: await seed(), env, pause: () => sleep(Math.random() * 10) }),
  ])
}

describe.each(kinds)('races: %s', (_name, start) => {
  let on: Subject
  beforeAll(async () => {
    on = await subject(await start())
  })
  afterAll(() => on?.server.stop())

  it.each(races)('%s', async (_race, run) => {
    for (let round = 0; round < ROUNDS; round++) await run(on)
  })
})
