import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { type Calls, calls } from './calls.ts'
import { restCalls } from './rest-calls.ts'
import { API, kim, ledger, lou, OPAQUE_API, seed, service, shop, startSubject } from './subject.ts'

const SCOPE = 'openid offline_access orders:read orders:write ledger:read'
/** Seconds for which the roles of this test are given; less than any token lives. */
const GIVEN = 45
const until = Math.floor(Date.now() / 1000) + GIVEN
const iso = new Date(until * 1000).toISOString()
const narrowed = [
  { role: 'writer', on: { type: 'order', id: '7' }, until: iso },
  { role: 'writer', when: { equal: [{ resource: 'owner' }, { subject: 'id' }] } },
  { role: 'writer', until: '2020-01-01T00:00:00.000Z' },
]
let server: RunningServer
let ask: Calls
let party: RelyingParty

beforeAll(async () => {
  const [resource, ...resources] = seed.resources
  server = await startSubject({
    seed: {
      ...seed,
      resources: [{ ...resource, types: ['order'] }, ...resources],
      roles: [
        ...seed.roles,
        { name: 'writer', permissions: { [API]: ['orders:write'] } },
        { name: 'clerk', permissions: { [OPAQUE_API]: ['ledger:read'] } },
      ],
      clients: seed.clients.map((client) =>
        client.client_id === service.clientId
          ? { ...client, permissions: {}, roles: [{ role: 'writer', until: iso }] }
          : client,
      ),
      accounts: seed.accounts.map((account) => ({
        ...account,
        roles:
          account.email === kim.login
            ? ['reader', { role: 'writer', until: iso }, { role: 'reader', until: iso }]
            : [{ role: 'clerk', until: iso }, ...narrowed],
      })),
    },
  })
  ask = calls(server)
  party = await relyingParty(server.issuer, shop)
})
afterAll(() => server?.stop())

const lifeOf = (token = ''): number => {
  const { exp = 0, iat = 0 } = decodeJwt(token)
  return exp - iat
}

it('a token ends with the role that gives one of its scopes, at issue and at refresh', async () => {
  const tokens = await party.signIn(createAgent(), kim, { scope: SCOPE, prompt: 'consent', resource: API })
  expect(decodeJwt(tokens.access_token)).toMatchObject({
    scope: 'orders:read orders:write',
    roles: ['reader', 'writer'],
    exp: until,
  })
  expect(tokens.expires_in).toBeLessThanOrEqual(GIVEN)
  const again = await ask.refresh(shop, tokens.refresh_token)
  expect(decodeJwt(again.body.access_token ?? '')).toMatchObject({
    scope: 'orders:read orders:write',
    exp: until,
  })
})

it('a token whose scopes another role gives without an end lives as long as ever', async () => {
  const tokens = await party.signIn(createAgent(), kim, { scope: SCOPE, prompt: 'consent', resource: API })
  const { body } = await ask.refresh(shop, tokens.refresh_token, { scope: 'openid orders:read' })
  expect(decodeJwt(body.access_token ?? '').scope).toBe('orders:read')
  expect(lifeOf(body.access_token)).toBe(600)
})

it('a token does not name a role that ends before it', async () => {
  const tokens = await party.signIn(createAgent(), kim, { scope: SCOPE, prompt: 'consent', resource: API })
  const { body } = await ask.refresh(shop, tokens.refresh_token, { scope: 'openid orders:read' })
  expect(decodeJwt(body.access_token ?? '').roles).toEqual(['reader'])
})

it('an opaque token ends so, too', async () => {
  const parameters = { scope: SCOPE, prompt: 'consent', resource: OPAQUE_API }
  const { access_token } = await party.signIn(createAgent(), lou, parameters)
  expect((await ask.introspect(ledger, access_token)).body).toMatchObject({
    active: true,
    scope: 'ledger:read',
    exp: until,
  })
})

it('a token that a client has for itself ends with the role that the client has', async () => {
  const fields = { grant_type: 'client_credentials', resource: API, scope: 'orders:write' }
  const { body } = await ask.token(service, fields)
  expect(decodeJwt(String(body.access_token))).toMatchObject({ scope: 'orders:write', exp: until })
})

it('/auth/me lists what enters neither roles nor permissions, as it was written', async () => {
  const rest = restCalls(() => server)
  const { body } = await rest.login(lou)
  const me = await rest.me(body.access_token)
  expect(me).toMatchObject({
    status: 200,
    body: { roles: ['clerk'], permissions: { [OPAQUE_API]: ['ledger:read'] }, assignments: narrowed },
  })
  expect(me.body.assignments).toHaveLength(narrowed.length)
})
