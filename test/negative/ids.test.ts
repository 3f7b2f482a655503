import { afterAll, beforeAll, expect, it } from 'vitest'
import { service, shop, startSubject } from '../flows/subject.ts'
import type { Page } from '../support/browserless.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, authorizationRequest, OFFLINE } from './attacker.ts'
import { expectErrorPage, expectJsonError } from './sound.ts'

type Kind = 'code' | 'access' | 'refresh' | 'pushed' | 'interaction' | 'session'

let server: RunningServer
let evil: Attacker
let ids: Record<Kind, string>

const lastPart = (text: string, sign: string): string => text.slice(text.lastIndexOf(sign) + 1)

beforeAll(async () => {
  server = await startSubject()
  evil = attacker(server)
  const kim = evil.browser()
  const tokens = await evil.tokens(kim, OFFLINE)
  const pushed = JSON.parse((await evil.post('/oauth2/par', authorizationRequest(), shop)).html)
  ids = {
    code: await evil.code(kim),
    access: tokens.access_token,
    refresh: tokens.refresh_token,
    pushed: lastPart(pushed.request_uri, ':'),
    interaction: lastPart((await evil.authorize()).location ?? '', '/'),
    session: kim.cookies.find('gatehouse_session')?.value ?? '',
  }
})
afterAll(() => server?.stop())

interface Door {
  /** Kinds for which it is made. */
  own: readonly Kind[]
  open(id: string): Promise<Page>
  expectShut(page: Page): void
}

const json = (status: number, error: string) => (page: Page) => expectJsonError(page, status, error)
const refresh = (token: string): Promise<Page> =>
  evil.post('/oauth2/token', { grant_type: 'refresh_token', refresh_token: token }, shop)
const authorizeWith = (parameters: Record<string, string>, headers?: Record<string, string>): Promise<Page> =>
  evil.get(`/oauth2/authorize?${new URLSearchParams(parameters)}`, headers)

const doors: [string, Door][] = [
  ['a code', { own: ['code'], open: (id) => evil.redeem(id), expectShut: json(400, 'invalid_grant') }],
  ['a refresh token', { own: ['refresh'], open: refresh, expectShut: json(400, 'invalid_grant') }],
  [
    'an access token',
    {
      own: ['access'],
      open: (id) => evil.get('/oauth2/userinfo', { authorization: `Bearer ${id}` }),
      expectShut: json(401, 'invalid_token'),
    },
  ],
  [
    'a token to introspect',
    {
      own: ['access', 'refresh'],
      open: (token) => evil.post('/oauth2/introspect', { token }, service),
      expectShut: ({ html }) => expect(html).toBe('{"active":false}'),
    },
  ],
  [
    'a pushed request',
    {
      own: ['pushed'],
      open: (id) =>
        authorizeWith({ client_id: 'shop', request_uri: `urn:ietf:params:oauth:request_uri:${id}` }),
      expectShut: (page) => expectErrorPage(page, 'invalid_request_uri'),
    },
  ],
  [
    'an interaction',
    {
      own: [],
      open: (id) => evil.get(`/interaction/${id}`, { cookie: `gatehouse_interaction=${id}` }),
      expectShut: (page) => expectErrorPage(page, 'start_again'),
    },
  ],
  [
    'an interaction to go on with',
    {
      own: [],
      open: (id) => evil.get(`/oauth2/authorize/${id}`, { cookie: `gatehouse_resume=${id}` }),
      expectShut: (page) => expectErrorPage(page, 'invalid_request'),
    },
  ],
  [
    'a session',
    {
      own: [],
      open: (id) =>
        authorizeWith(authorizationRequest({ prompt: 'none' }), { cookie: `gatehouse_session=${id}` }),
      expectShut: ({ location }) => expect(location).toContain('error=login_required'),
    },
  ],
]

it.each(doors)('C-02 takes no other id for %s', async (_, { own, open, expectShut }) => {
  for (const [kind, id] of Object.entries(ids))
    if (!own.some((mine) => mine === kind)) expectShut(await open(id))
})

it('C-02 burns nothing by such attempts', async () => {
  expect((await evil.redeem(ids.code)).status).toBe(200)
  expect((await refresh(ids.refresh)).status).toBe(200)
})
