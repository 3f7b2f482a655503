import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { shop, startSubject } from '../flows/subject.ts'
import type { Page } from '../support/browserless.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, authorizationRequest, CHALLENGE, type Changes } from './attacker.ts'
import { expectErrorPage, expectJsonError, hostileSeed, MARKUP, STRANGER, site } from './sound.ts'

let server: RunningServer
let evil: Attacker

beforeAll(async () => {
  server = await startSubject({ seed: hostileSeed })
  evil = attacker(server)
})
afterAll(() => server?.stop())

/** The answer that reached the client, from the query or the fragment. */
const answerIn = (page: Page): Record<string, string> => {
  const { searchParams, hash } = new URL(page.location ?? '')
  return Object.fromEntries([...searchParams, ...new URLSearchParams(hash.slice(1))])
}

const expectRefusal = (page: Page, ...errors: string[]): void => {
  const answer = answerIn(page)
  expect(errors).toContain(answer.error)
  expect(answer).toMatchObject({ iss: server.issuer, state: 'the-state' })
  expect(answer.code).toBeUndefined()
}

const { redirectUri } = site
describe('X-01, N-01 a redirect URI that is nearly the registered one', () => {
  it.each([
    ['a slash more', `${redirectUri}/`],
    ['a longer path', `${redirectUri}er`],
    ['the site alone', 'https://site.example/'],
    ['dot segments', `${redirectUri}/../x`],
    ['dot segments back to the same', `${redirectUri}/../callback`],
    ['encoded dot segments', `${redirectUri}..%2f`],
    ['double encoding', `${redirectUri}%252e`],
    ['an encoded letter', 'https://site.example/%63allback'],
    ['a path parameter', `${redirectUri};x`],
    ['a path parameter with dots', `${redirectUri}/..;/x`],
    ['another query', `${redirectUri}?a=1`],
    ['a longer query', `${site.otherUri}&a=1`],
    ['a fragment', `${redirectUri}#f`],
    ['another case of the path', 'https://site.example/Callback'],
    ['another case of the host', 'https://SITE.example/callback'],
    ['another case of the scheme', 'HTTPS://site.example/callback'],
    ['the default port', 'https://site.example:443/callback'],
    ['another port', 'https://site.example:8443/callback'],
    ['http', 'http://site.example/callback'],
    ['no scheme', '//site.example/callback'],
    ['a user', 'https://user@site.example/callback'],
    ['the site as a user', 'https://site.example@evil.example/callback'],
    ['a longer host', 'https://site.example.evil.example/callback'],
    ['a longer host before it', 'https://evilsite.example/callback'],
    ['a backslash', 'https://site.example\\.evil.example/callback'],
    ['an encoded line break', `${redirectUri}%0d%0aLocation:%20https://evil.example`],
    ['a line break', `${redirectUri}\r\nLocation: https://evil.example`],
    ['a tab', `${redirectUri}\t`],
    ['a blank before it', ` ${redirectUri}`],
    ['NUL', `${redirectUri}\0`],
    ['a trailing dot of the host', 'https://site.example./callback'],
    ['an IDN twin', 'https://s\u0456te.example/callback'],
    ['a punycode twin', 'https://xn--ste-kxc.example/callback'],
    ['a full-width twin', 'https://\uff53ite.example/callback'],
    ['a script', 'javascript:alert(1)//https://site.example/callback'],
    ['data', 'data:text/html,https://site.example/callback'],
    ['markup', `https://site.example/${MARKUP}`],
    ['another client’s', shop.redirectUri],
  ])('X-01, C-05, C-06, C-07 gets an error page: %s', async (_, uri) => {
    const page = await evil.authorize({ redirect_uri: uri }, site)
    expectErrorPage(page, 'invalid_redirect_uri')
    expect(page.text('[role=alert]')).toContain('redirect_uri')
  })

  it('X-01 gets an error page when a loopback name changes its port or its spelling', async () => {
    for (const uri of [
      'http://localhost:4799/callback',
      'http://127.0.0.1:4700/callback',
      'http://[::1]:4700/callback',
    ])
      expectErrorPage(await evil.authorize({ redirect_uri: uri }), 'invalid_redirect_uri')
  })
})

it.each<[string, Changes, string]>([
  ['no redirect_uri', { redirect_uri: undefined }, 'invalid_request'],
  ['an empty redirect_uri', { redirect_uri: '' }, 'invalid_request'],
  ['no client_id', { client_id: undefined }, 'invalid_request'],
  ['an unknown client_id', { client_id: 'nobody' }, 'invalid_client'],
  ['a client_id of 10 kB', { client_id: 'x'.repeat(10_000) }, 'invalid_client'],
  ['NUL in the client_id', { client_id: 'site\0' }, 'invalid_client'],
  ['an operator as client_id', { client_id: '{"$ne":""}' }, 'invalid_client'],
  ['a member of every object as client_id', { client_id: '__proto__' }, 'invalid_client'],
  ['markup as client_id', { client_id: MARKUP }, 'invalid_client'],
  ['a URL as client_id', { client_id: 'https://evil.example/client.json' }, 'invalid_client'],
])('X-02 shows an error page for %s', async (_, changes, error) => {
  expectErrorPage(await evil.authorize(changes, site), error)
})

it('X-02 has no redirect to an unregistered URI even where the engine could not look at it', async () => {
  for (const changes of [
    { prompt: 'none' },
    { response_type: 'token' },
    { code_challenge: 'x' },
    { scope: '' },
  ]) {
    expectErrorPage(
      await evil.authorize({ ...changes, redirect_uri: STRANGER }, site),
      'invalid_redirect_uri',
    )
  }
})

it('X-03 sends nothing to either of two redirect URIs', async () => {
  const query = new URLSearchParams(authorizationRequest({}, site))
  query.append('redirect_uri', STRANGER)
  expectErrorPage(await evil.get(`/oauth2/authorize?${query}`), 'invalid_request')
})

it.each([
  'token',
  'id_token token',
  'id_token',
  'code id_token',
  'code token',
  'none',
  '',
  'CODE',
  'code,token',
])('X-04, N-05 refuses response_type=%s at the client, with iss and state', async (type) => {
  expectRefusal(await evil.authorize({ response_type: type }), 'unsupported_response_type', 'invalid_request')
})

it('X-04 takes response_type=code code for what it is, and never for more than a code', async () => {
  const page = await evil.authorize({ response_type: 'code code', prompt: 'none' })
  expectRefusal(page, 'login_required')
})

it.each(['web_message', 'fragment', 'jwt', 'query.jwt', 'form_post.jwt', 'unknown', 'QUERY'])(
  'X-05 refuses response_mode=%s and does not change it in silence',
  async (mode) => {
    const errors = ['unsupported_response_mode', 'invalid_request']
    expectRefusal(await evil.authorize({ response_mode: mode }), ...errors)
  },
)

it.each<[string, Changes]>([
  ['no challenge', { code_challenge: undefined, code_challenge_method: undefined }],
  ['an empty challenge', { code_challenge: '' }],
  ['plain', { code_challenge_method: 'plain' }],
  ['no method, which would be plain', { code_challenge_method: undefined }],
  ['a challenge of 10 characters', { code_challenge: CHALLENGE.slice(0, 10) }],
  ['a challenge with +', { code_challenge: `+${CHALLENGE.slice(1)}` }],
  ['a challenge of 129 characters', { code_challenge: 'x'.repeat(129) }],
])('X-07, N-02, C-04 refuses an authorization request with %s', async (_, changes) => {
  expectRefusal(await evil.authorize(changes), 'invalid_request')
})

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url')
const unsigned = (claims: object): string => `${encoded({ alg: 'none' })}.${encoded(claims)}.`

it.each([
  ['that is unsigned', unsigned({ client_id: 'shop', response_type: 'code' })],
  [
    'that leads to a stranger',
    unsigned({ client_id: 'shop', redirect_uri: STRANGER, request_uri: STRANGER }),
  ],
  ['of 10 kB', unsigned({ padding: 'x'.repeat(7000) })],
  ['that is none', 'garbage'],
])('X-18 takes no request object %s', async (_, request) => {
  expectRefusal(await evil.authorize({ request }), 'request_not_supported')
  expectErrorPage(await evil.authorize({ request, redirect_uri: undefined }), 'request_not_supported')
})

it('X-17 answers prompt=none without a session with login_required', async () => {
  expectRefusal(await evil.authorize({ prompt: 'none' }), 'login_required')
})

it.each<[string, Changes]>([
  ['prompt=none login', { prompt: 'none login' }],
  ['an unknown prompt', { prompt: 'sudo' }],
  ['max_age=-1', { max_age: '-1' }],
  ['max_age=abc', { max_age: 'abc' }],
])('X-17 refuses %s', async (_, changes) => {
  expectRefusal(await evil.authorize(changes), 'invalid_request')
})

it.each([
  `//evil.example/?lang=ru`,
  `/\\evil.example/?lang=ru`,
  `/%2f%2fevil.example/?lang=ru`,
  '/interaction//evil.example?lang=ru',
  '/register?lang=ru&next=https://evil.example',
  '/oauth2/authorize/https:%2f%2fevil.example',
  '/oauth2/authorize/unknown',
  '/oauth2/logout/success?post_logout_redirect_uri=https://evil.example',
  '/oauth2/logout?post_logout_redirect_uri=https://evil.example',
])('N-11 leads nobody away by %s', async (path) => {
  const page = await evil.get(path)
  expect(page.location ?? server.issuer).toMatch(server.issuer)
  expect(page.html).not.toContain('href="https://evil.example')
})

const OPTIONAL = {
  nonce: 'n-0S6_WzA2Mj',
  prompt: 'login',
  max_age: '60',
  ui_locales: 'en',
  login_hint: 'kim@example.com',
  acr_values: 'urn:gatehouse:1',
  response_mode: 'query',
  id_token_hint: 'x.y.z',
}
const parameters = Object.keys(authorizationRequest(OPTIONAL))

it.each(parameters)('N-19, C-08 refuses two of the authorization parameter %s', async (name) => {
  const query = new URLSearchParams(authorizationRequest(OPTIONAL))
  query.append(name, 'another')
  const page = await evil.get(`/oauth2/authorize?${query}`)
  if (page.location === undefined) expectErrorPage(page, 'invalid_request')
  else expect(answerIn(page)).toMatchObject({ error: 'invalid_request', iss: server.issuer })
  // The second one has no effect either.
  expect(page.location ?? '').not.toContain('another')
})

it.each(parameters)('N-19, C-08 refuses two of the pushed parameter %s', async (name) => {
  const fields = Object.entries(authorizationRequest(OPTIONAL))
  const page = await evil.post('/oauth2/par', [...fields, [name, 'another']], shop)
  expectJsonError(page, 400, 'invalid_request')
})

it.each([
  'prompt',
  'max_age',
  'login_hint',
  'response_mode',
  'id_token_hint',
  'ui_locales',
  'request',
  'request_uri',
])('N-19 takes %s without a value for absent', async (name) => {
  const page = await evil.authorize({ [name]: '' })
  expect([page.status, page.location]).toEqual([303, expect.stringContaining('/interaction/')])
})
