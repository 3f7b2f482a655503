import { afterAll, beforeAll, expect, it } from 'vitest'
import { ledger, OPAQUE_API, own, service, shop, spa, startSubject } from '../flows/subject.ts'
import type { Agent, Page } from '../support/browserless.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, OFFLINE } from './attacker.ts'
import { expectJsonError } from './sound.ts'

let server: RunningServer
let evil: Attacker
let browser: Agent

beforeAll(async () => {
  server = await startSubject()
  evil = attacker(server)
  browser = evil.browser()
})
afterAll(() => server?.stop())

const INTROSPECT = '/oauth2/introspect'
const REVOKE = '/oauth2/revoke'
type Client = Parameters<Attacker['post']>[2]
const introspect = async (token: string, client: Client): Promise<Record<string, unknown>> =>
  JSON.parse((await evil.post(INTROSPECT, { token }, client)).html)
const revoke = (token: string, client: Client): Promise<Page> => evil.post(REVOKE, { token }, client)
const nothing = { active: false }

it.each([INTROSPECT, REVOKE])('X-37 answers nobody who does not say who it is, at %s', async (path) => {
  const { access_token: token } = await evil.tokens(browser)
  expectJsonError(await evil.post(path, { token }), 400, 'invalid_request')
  const wrong: [Client, number][] = [
    [{ clientId: 'shop', clientSecret: 'wrong' }, 401],
    [{ clientId: 'nobody', clientSecret: 'wrong' }, 401],
    [{ clientId: 'shop' }, 401],
    [{ clientId: 'spa', clientSecret: 'wrong' }, 401],
  ]
  for (const [client, status] of wrong)
    expectJsonError(await evil.post(path, { token }, client), status, 'invalid_client')
  // A token is no client authentication.
  const bearer = { authorization: `Bearer ${token}` }
  expectJsonError(await evil.post(path, { token }, undefined, bearer), 400, 'invalid_request')
  expect(await introspect(token, shop)).toMatchObject({ active: true })
})

it('X-37, N-09 tells another client nothing of a token', async () => {
  const tokens = await evil.tokens(browser, OFFLINE)
  for (const token of [tokens.access_token, tokens.refresh_token]) {
    for (const client of [own, spa, ledger]) expect(await introspect(token, client)).toEqual(nothing)
    expect(await introspect(token, shop)).toMatchObject({ active: true, client_id: 'shop' })
  }
  // Who may introspect all access tokens is still told of no refresh token.
  expect(await introspect(tokens.access_token, service)).toMatchObject({ active: true })
  expect(await introspect(tokens.refresh_token, service)).toEqual(nothing)
})

it('X-37 tells an API of its own tokens alone', async () => {
  const { access_token: forIt } = await evil.tokens(browser, {
    scope: 'openid ledger:read',
    resource: OPAQUE_API,
  })
  const { access_token: forNobody } = await evil.tokens(browser)
  expect(await introspect(forIt, ledger)).toMatchObject({ active: true, aud: OPAQUE_API })
  expect(await introspect(forNobody, ledger)).toEqual(nothing)
})

const garbage: [string, string][] = [
  ['a word', 'garbage'],
  ['43 characters', 'x'.repeat(43)],
  ['10 kB', 'x'.repeat(10_000)],
  ['a JSON document', '{"active":true}'],
  ['a member of every object', '__proto__'],
  ['NUL', '\0'],
  ['markup', '<script>alert(1)</script>'],
  ['characters beyond ASCII', 'токен🎟'],
]

it.each(garbage)('X-37 knows no %s, and revokes it in peace', async (_, token) => {
  expect(await introspect(token, service)).toEqual(nothing)
  expect((await revoke(token, shop)).status).toBe(200)
})

it('X-37, N-21 takes no JWT for a token that it could introspect or revoke', async () => {
  const { id_token: own } = await evil.tokens(browser)
  for (const token of [own, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJhZG1pbiJ9.']) {
    for (const path of [INTROSPECT, REVOKE])
      expectJsonError(await evil.post(path, { token }, service), 400, 'unsupported_token_type')
  }
})

it('X-37 lets no client revoke the token of another', async () => {
  const tokens = await evil.tokens(browser, OFFLINE)
  for (const token of [tokens.access_token, tokens.refresh_token]) {
    for (const client of [own, spa, service]) expect((await revoke(token, client)).status).toBe(200)
    expect(await introspect(token, shop)).toMatchObject({ active: true })
  }
})

it('X-37 ends the access tokens with the refresh token that is revoked, once and for all', async () => {
  const tokens = await evil.tokens(browser, OFFLINE)
  for (const _ of ['the first time', 'again'])
    expect((await revoke(tokens.refresh_token, shop)).status).toBe(200)
  expect(await introspect(tokens.access_token, shop)).toEqual(nothing)
  const userinfo = await evil.get('/oauth2/userinfo', { authorization: `Bearer ${tokens.access_token}` })
  expectJsonError(userinfo, 401, 'invalid_token')
  const refresh = { grant_type: 'refresh_token', refresh_token: tokens.refresh_token }
  expectJsonError(await evil.post('/oauth2/token', refresh, shop), 400, 'invalid_grant')
})

it.each([INTROSPECT, REVOKE])('N-19 refuses two of a parameter at %s', async (path) => {
  const { access_token: token } = await evil.tokens(browser)
  const fields: [string, string][] = [
    ['token', token],
    ['token_type_hint', 'access_token'],
    ['client_id', shop.clientId],
    ['client_secret', shop.clientSecret],
  ]
  for (const [name, value] of fields)
    expectJsonError(await evil.post(path, [...fields, [name, value]]), 400, 'invalid_request')
  expect(await introspect(token, shop)).toMatchObject({ active: true })
})

it('X-37 takes a wrong hint for the hint that it is', async () => {
  const { access_token: token } = await evil.tokens(browser)
  for (const hint of ['refresh_token', 'made_up', '__proto__', ''])
    expect(
      JSON.parse((await evil.post(INTROSPECT, { token, token_type_hint: hint }, shop)).html).active,
    ).toBe(true)
})
