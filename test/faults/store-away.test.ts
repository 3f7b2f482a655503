import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest'
import { refuse } from '../../src/errors.ts'
import { type Calls, calls } from '../flows/calls.ts'
import { createHolder } from '../flows/proofs.ts'
import { kim, post, seed, shop } from '../flows/subject.ts'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { type LateServer, type StoreCall, startLateServer } from '../support/late-server.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' }
let server: LateServer
let ask: Calls
let party: RelyingParty
/** Which calls of the store fail. */
let isAway: (call: StoreCall) => boolean = () => false

const reads = ({ operation }: StoreCall) => operation === 'find'
const writes = (call: StoreCall) => !reads(call)

beforeAll(async () => {
  const pause = async (call: StoreCall) => {
    if (isAway(call)) throw refuse('store_unavailable', { retryAfter: 1 })
  }
  server = await startLateServer({
    seed,
    pause,
    env: { REFRESH_GRACE: '300', ARGON2_MEMORY: '128', ARGON2_TIME: '1' },
  })
  ask = calls(server)
  party = await relyingParty(server.issuer, shop)
})
afterEach(() => {
  isAway = () => false
})
afterAll(() => server?.stop())

const signedIn = async () => {
  const agent = createAgent()
  return { agent, tokens: await party.signIn(agent, kim, OFFLINE) }
}
const authorize = async (agent: Agent, parameters: Record<string, string> = {}): Promise<Page> =>
  agent.get((await party.leave(parameters)).url, { stopAt: shop.redirectUri })

const unavailable = ({ status, headers, body }: Awaited<ReturnType<Calls['token']>>) => {
  expect([status, body]).toEqual([503, { error: 'temporarily_unavailable' }])
  expect(headers.get('retry-after')).toBe('1')
}
const unavailablePage = ({ status, headers, location, html }: Page) => {
  expect([status, headers['retry-after'], location]).toEqual([503, '1', undefined])
  expect(headers['set-cookie']).toBeUndefined()
  expect(html).toContain('role="alert"')
  // It is this server that cannot answer, and no fault of the application.
  expect(html).toContain('data-error="store_unavailable"')
}

describe('R-03 while the store takes no writes', () => {
  it('no code is traded and no token renewed', async () => {
    const { agent, tokens } = await signedIn()
    const attempt = await party.leave()
    const callback = new URL(await party.callback(agent, kim, attempt))
    isAway = writes
    unavailable(
      await ask.token(shop, {
        grant_type: 'authorization_code',
        code: callback.searchParams.get('code') ?? '',
        code_verifier: attempt.codeVerifier,
        redirect_uri: shop.redirectUri,
      }),
    )
    unavailable(await ask.refresh(shop, tokens.refresh_token))
    isAway = () => false
    expect((await ask.refresh(shop, tokens.refresh_token)).status).toBe(200)
  })

  it('no revocation is confirmed', async () => {
    const [one, other] = [await signedIn(), await signedIn()]
    isAway = writes
    unavailable(await ask.revoke(shop, one.tokens.refresh_token))
    unavailable(await ask.revoke(shop, other.tokens.access_token))
  })

  it('no logout is confirmed, and the cookie stays', async () => {
    const { agent } = await signedIn()
    const page = await agent.get(`${server.issuer}/oauth2/logout`)
    isAway = writes
    unavailablePage(await agent.submit(page, '#logout-yes'))
    expect(agent.cookies.find('gatehouse_session')).toBeDefined()
  })

  it('nobody is signed in, and no request is pushed', async () => {
    const { agent } = await signedIn()
    const stranger = createAgent()
    const form = await authorize(stranger)
    const attempt = await party.leave()
    const pushed = Object.fromEntries(new URL(attempt.url).searchParams)
    isAway = writes
    unavailablePage(await stranger.submit(form, '#submit-login', kim))
    unavailablePage(await authorize(agent))
    unavailable(await post(server, '/oauth2/par', pushed, shop))
  })

  it('no proof counts as new', async () => {
    const { tokens } = await signedIn()
    const htu = `${server.issuer}/oauth2/userinfo`
    const dpop = await (await createHolder()).prove({ htm: 'GET', htu }, { token: tokens.access_token })
    isAway = ({ operation }) => operation === 'mark'
    const answer = await fetch(htu, { headers: { authorization: `DPoP ${tokens.access_token}`, dpop } })
    expect(answer.status).toBe(503)
  })
})

describe('R-03 while the store cannot be read', () => {
  it('no token is called active or inactive, and no claim is told', async () => {
    const { tokens } = await signedIn()
    isAway = reads
    for (const token of [tokens.access_token, tokens.refresh_token, 'made up'])
      unavailable(await ask.introspect(shop, token))
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    expect((await fetch(`${server.issuer}/oauth2/userinfo`, { headers })).status).toBe(503)
  })

  it('no token is called invalid, and no client is told that the person must sign in', async () => {
    const { agent, tokens } = await signedIn()
    isAway = reads
    unavailable(await ask.refresh(shop, tokens.refresh_token))
    unavailable(await ask.revoke(shop, tokens.refresh_token))
    unavailablePage(await authorize(agent, { prompt: 'none' }))
    isAway = () => false
    expect((await authorize(agent, { prompt: 'none' })).location).toContain('code=')
    expect((await ask.refresh(shop, tokens.refresh_token)).status).toBe(200)
  })
})
