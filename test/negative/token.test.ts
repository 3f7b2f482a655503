import { afterAll, beforeAll, expect, it } from 'vitest'
import { API, own, service, shop, spa, startSubject } from '../flows/subject.ts'
import type { Agent, Page } from '../support/browserless.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, authorizationRequest, type Changes, OFFLINE, VERIFIER } from './attacker.ts'
import { expectJsonError } from './sound.ts'

let server: RunningServer
let evil: Attacker
/** Kim, signed in. */
let kim: Agent

beforeAll(async () => {
  // Without a grace each used refresh token is a stolen one.
  server = await startSubject({ env: { REFRESH_GRACE: '0' } })
  evil = attacker(server)
  kim = evil.browser()
})
afterAll(() => server?.stop())

const TOKEN = '/oauth2/token'
const refresh = (token: string, changes: Record<string, string> = {}, client = shop): Promise<Page> =>
  evil.post(TOKEN, { grant_type: 'refresh_token', refresh_token: token, ...changes }, client)
const isActive = async (token: string): Promise<unknown> =>
  JSON.parse((await evil.post('/oauth2/introspect', { token }, service)).html).active
const userinfo = (token: string): Promise<Page> =>
  evil.get('/oauth2/userinfo', { authorization: `Bearer ${token}` })

it.each<[string, Changes]>([
  ['no verifier', { code_verifier: undefined }],
  ['an empty verifier', { code_verifier: '' }],
  ['a wrong verifier', { code_verifier: `${VERIFIER}x` }],
  ['the challenge as verifier', { code_verifier: authorizationRequest().code_challenge }],
  ['a verifier in another case', { code_verifier: VERIFIER.toUpperCase() }],
])('X-06, C-03 refuses %s, and the code lives on for the right one', async (_, changes) => {
  const code = await evil.code(kim)
  expectJsonError(await evil.redeem(code, changes), 400, 'invalid_grant')
  expectJsonError(await evil.redeem(code, { code_verifier: 'short' }), 400, 'invalid_request')
  expect((await evil.redeem(code)).status).toBe(200)
})

it('X-06, X-08 gives the code of a client to no other, and does not burn it by that', async () => {
  const code = await evil.code(kim)
  const at = { redirect_uri: shop.redirectUri }
  expectJsonError(await evil.redeem(code, at, own), 400, 'invalid_grant')
  expectJsonError(await evil.redeem(code, at, spa), 400, 'invalid_grant')
  expectJsonError(await evil.redeem(code, {}, { ...shop, clientSecret: 'guessed' }), 401, 'invalid_client')
  expect((await evil.redeem(code)).status).toBe(200)
})

it.each<[string, string | undefined, string]>([
  ['another registered', 'http://localhost:4700/other', 'invalid_grant'],
  ['a longer', `${shop.redirectUri}/`, 'invalid_grant'],
  ['a foreign', 'https://evil.example/callback', 'invalid_grant'],
  ['no', undefined, 'invalid_request'],
])('X-08, N-04 refuses a code with %s redirect_uri', async (_, uri, error) => {
  expectJsonError(await evil.redeem(await evil.code(kim), { redirect_uri: uri }), 400, error)
})

it('X-07, N-03 has no code without a challenge, for which a verifier could be left out', async () => {
  const page = await kim.get(
    `${server.issuer}/oauth2/authorize?${new URLSearchParams({
      ...authorizationRequest({ code_challenge: undefined, code_challenge_method: undefined }),
    })}`,
    { stopAt: shop.redirectUri },
  )
  const answer = new URL(page.location ?? '').searchParams
  expect([answer.get('code'), answer.get('error')]).toEqual([null, 'invalid_request'])
})

it('X-09, N-04 refuses a code the second time, and ends what the first time gave', async () => {
  const code = await evil.code(kim, OFFLINE)
  const tokens = JSON.parse((await evil.redeem(code)).html)
  expect(await isActive(tokens.access_token)).toBe(true)
  expectJsonError(await evil.redeem(code), 400, 'invalid_grant')
  expect(await isActive(tokens.access_token)).toBe(false)
  expect((await userinfo(tokens.access_token)).status).toBe(401)
  expectJsonError(await refresh(tokens.refresh_token), 400, 'invalid_grant')
})

const CROWD = 50
const crowd = async (act: () => Promise<Page>): Promise<{ won: Page[]; lost: Page[] }> => {
  const answers = await Promise.all(Array.from({ length: CROWD }, act))
  return {
    won: answers.filter(({ status }) => status === 200),
    lost: answers.filter(({ status }) => status !== 200),
  }
}

it('X-10, C-01 redeems a code once however many ask at once, and ends the family', async () => {
  const code = await evil.code(kim)
  const { won, lost } = await crowd(() => evil.redeem(code))
  expect(won).toHaveLength(1)
  for (const page of lost) expectJsonError(page, 400, 'invalid_grant')
  expect(await isActive(JSON.parse(won[0]?.html ?? '').access_token)).toBe(false)
})

it('X-10, C-01 refreshes once however many ask at once, and ends the family', async () => {
  const tokens = await evil.tokens(kim, OFFLINE)
  const { won, lost } = await crowd(() => refresh(tokens.refresh_token))
  expect(won).toHaveLength(1)
  for (const page of lost) expectJsonError(page, 400, 'invalid_grant')
  const successor = JSON.parse(won[0]?.html ?? '')
  expect(await isActive(successor.access_token)).toBe(false)
  expectJsonError(await refresh(successor.refresh_token), 400, 'invalid_grant')
})

it('X-10 gives at most one code for a pushed request, however many browsers bring it at once', async () => {
  const pushed = JSON.parse((await evil.post('/oauth2/par', authorizationRequest(), shop)).html)
  const query = new URLSearchParams({ client_id: 'shop', request_uri: pushed.request_uri })
  const url = `${server.issuer}/oauth2/authorize?${query}`
  const pages = await Promise.all(
    Array.from({ length: 10 }, () => kim.get(url, { stopAt: shop.redirectUri })),
  )
  const answers = pages.map(({ location, url: at }) => new URL(location ?? at).searchParams)
  expect(answers.filter((answer) => answer.has('code'))).toHaveLength(1)
})

it('X-11 refuses a refresh token of another client', async () => {
  const tokens = await evil.tokens(kim, OFFLINE)
  expectJsonError(await refresh(tokens.refresh_token, {}, own), 400, 'invalid_grant')
  expect((await refresh(tokens.refresh_token)).status).toBe(200)
})

it.each([
  ['a scope never granted', { scope: 'openid profile' }, 'invalid_scope'],
  ['an API never granted', { resource: API }, 'invalid_target'],
])('X-11 refuses a refresh for %s', async (_, changes, error) => {
  const tokens = await evil.tokens(kim, OFFLINE)
  expectJsonError(await refresh(tokens.refresh_token, changes), 400, error)
})

it('X-12, N-07 refuses a rotated refresh token, and its successor dies', async () => {
  const tokens = await evil.tokens(kim, OFFLINE)
  const successor = JSON.parse((await refresh(tokens.refresh_token)).html)
  expectJsonError(await refresh(tokens.refresh_token), 400, 'invalid_grant')
  expectJsonError(await refresh(successor.refresh_token), 400, 'invalid_grant')
  expect(await isActive(successor.access_token)).toBe(false)
})
