import { afterAll, beforeAll, expect, it } from 'vitest'
import { API, own, service, shop, startSubject } from '../flows/subject.ts'
import type { Agent, Page } from '../support/browserless.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, authorizationRequest, OFFLINE, VERIFIER } from './attacker.ts'
import { expectJsonError } from './sound.ts'

let server: RunningServer
let evil: Attacker
/** Kim, signed in. */
let kim: Agent

beforeAll(async () => {
  server = await startSubject()
  evil = attacker(server)
  kim = evil.browser()
})
afterAll(() => server?.stop())

const TOKEN = '/oauth2/token'
const userinfo = (token: string): Promise<Page> =>
  evil.get('/oauth2/userinfo', { authorization: `Bearer ${token}` })

const basic = (text: string): string => `Basic ${Buffer.from(text).toString('base64')}`
it.each([
  ['a wrong secret', basic('shop:wrong'), 401, 'invalid_client'],
  ['an empty secret', basic('shop:'), 400, 'invalid_request'],
  ['an unknown client', basic('nobody:wrong'), 401, 'invalid_client'],
  ['a public client with a secret', basic('spa:wrong'), 401, 'invalid_client'],
  ['the secret of another client', basic(`shop:${own.clientSecret}`), 401, 'invalid_client'],
  ['a secret with more behind it', basic(`shop:${shop.clientSecret} `), 401, 'invalid_client'],
  ['a member of every object', basic('constructor:wrong'), 401, 'invalid_client'],
  ['malformed base64', 'Basic !!!', 400, 'invalid_request'],
  ['no colon', basic('shop'), 400, 'invalid_request'],
  ['a broken escape', basic('shop:%E0%A4%A'), 400, 'invalid_request'],
  ['another scheme', `Digest ${shop.clientSecret}`, 400, 'invalid_request'],
])('X-13, N-10 refuses client authentication by %s', async (_, authorization, status, error) => {
  const page = await evil.post(TOKEN, { grant_type: 'client_credentials' }, undefined, { authorization })
  expectJsonError(page, status, error)
  if (status === 401) expect(page.headers['www-authenticate']).toMatch(/^Basic /)
})

it('X-13 refuses two ways of client authentication at once, and none', async () => {
  const fields = {
    grant_type: 'client_credentials',
    client_id: shop.clientId,
    client_secret: shop.clientSecret,
  }
  expectJsonError(await evil.post(TOKEN, fields, shop), 400, 'invalid_request')
  expectJsonError(await evil.post(TOKEN, { ...fields, client_id: 'own' }, shop), 400, 'invalid_request')
  expectJsonError(await evil.post(TOKEN, { grant_type: 'client_credentials' }), 400, 'invalid_request')
  const secretless = { grant_type: 'client_credentials', client_id: shop.clientId }
  expectJsonError(await evil.post(TOKEN, secretless), 401, 'invalid_client')
})

it.each(['password', 'implicit', 'urn:ietf:params:oauth:grant-type:token-exchange', '__proto__', ''])(
  'N-05 has no grant type %s',
  async (grant) => {
    const page = await evil.post(
      TOKEN,
      { grant_type: grant, username: 'kim@example.com', password: 'x' },
      shop,
    )
    expectJsonError(page, 400, grant === '' ? 'invalid_request' : 'unsupported_grant_type')
  },
)

it('X-16 takes no access token from a query', async () => {
  const { access_token: token } = await evil.tokens(kim)
  expectJsonError(await evil.get(`/oauth2/userinfo?access_token=${token}`), 400, 'invalid_request')
  expect((await userinfo(token)).status).toBe(200)
})

it('X-16, N-21 takes nothing but a whole access token for one', async () => {
  const tokens = await evil.tokens(kim, OFFLINE)
  const { access_token: forApi } = await evil.tokens(kim, { scope: 'openid orders:read', resource: API })
  const wrong = {
    'an ID token': tokens.id_token,
    'a refresh token': tokens.refresh_token,
    'a token of 80 characters': `${tokens.access_token}${'x'.repeat(80)}`.slice(0, 80),
    'a token without its end': tokens.access_token.slice(0, -1),
    'a token in another case': tokens.access_token.toUpperCase(),
    'a token for an API': forApi,
    'an ID token without its signature': tokens.id_token.slice(0, 80),
    'a member of every object': '__proto__',
  }
  for (const [what, token] of Object.entries(wrong)) {
    const page = await userinfo(token)
    expect(page.headers['www-authenticate'], what).toMatch(/^Bearer .*error="invalid_token"/)
    expectJsonError(page, 401, 'invalid_token')
  }
})

const exchange = (code: string): Record<string, string> => ({
  grant_type: 'authorization_code',
  code,
  redirect_uri: shop.redirectUri,
  code_verifier: VERIFIER,
  client_id: shop.clientId,
  client_secret: shop.clientSecret,
})
it.each(Object.keys(exchange('')))('N-19 refuses two of the token parameter %s', async (name) => {
  const code = await evil.code(kim)
  for (const second of [exchange(code)[name] ?? '', 'another']) {
    const page = await evil.post(TOKEN, [...Object.entries(exchange(code)), [name, second]])
    expectJsonError(page, 400, 'invalid_request')
  }
  expect((await evil.post(TOKEN, exchange(code))).status).toBe(200)
})

it('N-20 lets nobody keep an answer of the token endpoint, userinfo, introspection, revocation or PAR', async () => {
  const { access_token: token } = await evil.tokens(kim)
  const answers = [
    await evil.redeem(await evil.code(kim)),
    await evil.redeem('wrong'),
    await userinfo(token),
    await userinfo('wrong'),
    await evil.post('/oauth2/introspect', { token }, service),
    await evil.post('/oauth2/introspect', { token }),
    await evil.post('/oauth2/par', authorizationRequest(), shop),
    await evil.post('/oauth2/par', { redirect_uri: 'x' }, shop),
    await evil.post('/oauth2/revoke', { token }),
    await evil.post('/oauth2/revoke', { token }, shop),
    await evil.authorize({ redirect_uri: 'https://evil.example' }),
    await evil.get('/no-such-page'),
  ]
  expect(answers.map(({ headers }) => headers['cache-control'])).toEqual(answers.map(() => 'no-store'))
})

it('N-20 answers a program in JSON, also one whose library asks for a page', async () => {
  const headers = { accept: 'text/html, image/gif, image/jpeg, *; q=.2, */*; q=.2' }
  for (const path of [TOKEN, '/oauth2/par', '/oauth2/introspect', '/oauth2/revoke']) {
    expectJsonError(await evil.post(path, { token: 'x' }, undefined, headers), 400, 'invalid_request')
    expectJsonError(await evil.post(path, 'x'.repeat(60_000), undefined, headers), 413, 'too_large')
  }
})
