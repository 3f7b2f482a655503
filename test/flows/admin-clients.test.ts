import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { callsOf, OpenApiDocument } from '../support/openapi.ts'
import type { RunningServer } from '../support/server.ts'
import { etagOf, eventsOf, expectProblem, REGISTERING, registrar, startPeople } from './admin-people.ts'
import {
  type AdminCalls,
  API,
  adminCalls,
  adminPath,
  machineToken,
  ops,
  processesOf,
} from './admin-subject.ts'
import { calls } from './calls.ts'
import { OPAQUE_API, post, service } from './subject.ts'

let server: RunningServer
let all: AdminCalls
let registering: AdminCalls
beforeAll(async () => {
  server = await startPeople()
  all = adminCalls(server, await machineToken(server, ops))
  registering = adminCalls(server, await machineToken(server, registrar, REGISTERING.join(' ')))
})
afterAll(() => server?.stop())

const at = (id: string, ...rest: string[]): string => adminPath('clients', id, ...rest)
const machine = (client_id: string, more: object = {}) => ({
  client_id,
  redirect_uris: [],
  grant_types: ['client_credentials'],
  permissions: { [API]: ['orders:read'] },
  ...more,
})
const make = async (id: string, more: object = {}): Promise<string> => {
  const made = await registering.post('/admin/clients', machine(id, more))
  if (made.status !== 201) throw new Error(made.text)
  return String(made.body.client_secret)
}
const tokenOf = (clientId: string, clientSecret: string) =>
  calls(server).token(
    { clientId, clientSecret },
    { grant_type: 'client_credentials', resource: API, scope: 'orders:read' },
  )
const works = async (id: string, secret: string) => (await tokenOf(id, secret)).status

describe('a client', () => {
  it('is registered with a secret that is shown once and works, and nowhere again', async () => {
    const made = await registering.post('/admin/clients', machine('made', { client_name: 'Made' }))
    expect(made).toMatchObject({
      status: 201,
      body: { client_id: 'made', client_name: 'Made', client_secret_expires_at: 0, response_types: [] },
    })
    const secret = String(made.body.client_secret)
    expect(secret).toMatch(/^[\w-]{43}$/)
    expect(await works('made', secret)).toBe(200)
    const shown = await registering.get(at('made'))
    expect(etagOf(shown)).toBe(etagOf(made))
    const texts = [
      shown.text,
      (await registering.get('/admin/clients?limit=200')).text,
      JSON.stringify(await eventsOf(all, {})),
      (await registering.put(at('made'), machine('made', { client_name: 'Again' }), etagOf(shown))).text,
      server.output(),
    ]
    for (const text of texts) {
      expect(text).not.toContain(secret)
      expect(text).not.toMatch(/"client_secret"|_mac/)
    }
    expect(await works('made', secret)).toBe(200)
  })

  it('is changed by who knows its present state, as a whole', async () => {
    await make('whole', { client_name: 'Whole', default_max_age: 60 })
    const shown = await registering.get(at('whole'))
    expectProblem(await registering.put(at('whole'), machine('whole'), null), 428, 'precondition_required')
    const changed = await registering.put(at('whole'), machine('whole'), etagOf(shown))
    expect(changed.status).toBe(200)
    expect(changed.body).not.toHaveProperty('client_name')
    expect(changed.body).not.toHaveProperty('default_max_age')
    expectProblem(
      await registering.put(at('whole'), machine('whole'), etagOf(shown)),
      412,
      'precondition_failed',
    )
    expectProblem(await registering.put(at('whole'), machine('other')), 422, 'invalid_fields')
    expectProblem(await registering.put(at('nobody'), machine('nobody')), 404, 'not_found')
    const events = await eventsOf(all, { type: 'client.changed' })
    expect(events.map(({ actor }) => actor)).toContain('client:registrar')
  })

  it('that begins to authenticate gets a secret then, shown once', async () => {
    const web = { client_id: 'grown', redirect_uris: ['https://app.example/cb'] }
    const publicly = { ...web, token_endpoint_auth_method: 'none' }
    expect((await registering.post('/admin/clients', publicly)).body).not.toHaveProperty('client_secret')
    const grown = await registering.put(at('grown'), web)
    expect(grown.body.client_secret).toMatch(/^[\w-]{43}$/)
    expect((await registering.put(at('grown'), web)).body).not.toHaveProperty('client_secret')
    expectProblem(await registering.post(at('spa', 'secret', 'rotate'), { overlap: 0 }), 409, 'no_secret')
  })

  it('gets another secret, with a time in which both work or without', async () => {
    const first = await make('rotated')
    const rotate = (overlap: number) => registering.post(at('rotated', 'secret', 'rotate'), { overlap })
    const second = await rotate(600)
    expect(second.body).toMatchObject({ client_id: 'rotated', former_secret_until: expect.any(String) })
    const secret = String(second.body.client_secret)
    await sleep(1000)
    expect([await works('rotated', first), await works('rotated', secret)]).toEqual([200, 200])
    const third = String((await rotate(0)).body.client_secret)
    await sleep(1000)
    const found = [
      await works('rotated', first),
      await works('rotated', secret),
      await works('rotated', third),
    ]
    expect(found).toEqual([401, 401, 200])
    expectProblem(await rotate(-1), 400, 'bad_request')
    expectProblem(await rotate(1e9), 400, 'bad_request')
  })

  it('C-25 that is disabled or removed is dead at every process within a second', async () => {
    const secret = await make('ending', {
      permissions: { [API]: ['orders:read'], [OPAQUE_API]: ['ledger:read'] },
    })
    const opaque = { grant_type: 'client_credentials', resource: OPAQUE_API, scope: 'ledger:read' }
    const client = { clientId: 'ending', clientSecret: secret }
    const token = (await calls(server).token(client, opaque)).body.access_token
    const isActive = () =>
      Promise.all(
        processesOf(server).map(
          async (issuer) =>
            (await post({ issuer }, '/oauth2/introspect', { token: token ?? '' }, service)).body.active,
        ),
      )
    expect(new Set(await isActive())).toEqual(new Set([true]))
    expect((await registering.post(at('ending', 'disable'), undefined)).body.disabled).toBe(true)
    await sleep(1000)
    expect(new Set(await isActive())).toEqual(new Set([false]))
    expect(await works('ending', secret)).toBe(401)
    expect((await registering.post(at('ending', 'enable'), undefined)).body.disabled).toBe(false)
    await sleep(1000)
    expect(await works('ending', secret)).toBe(200)
    expect((await registering.remove(at('ending'))).status).toBe(204)
    await sleep(1000)
    expect(await works('ending', secret)).toBe(401)
    expectProblem(await registering.remove(at('ending')), 404, 'not_found')
  })

  it('has an id of its own, and never that of a person or of what is built in', async () => {
    const made = await registering.post('/admin/clients', { ...machine('x'), client_id: undefined })
    expect(made.body.client_id).toMatch(/^[\w-]{22}$/)
    await all.post('/admin/accounts', { email: 'person@example.com', sub: 'person' })
    for (const id of ['person', 'made'])
      expectProblem(await registering.post('/admin/clients', machine(id)), 409, 'taken')
    for (const id of ['gatehouse-api', 'a@b', '__proto__'])
      expectProblem(await registering.post('/admin/clients', machine(id)), 400, 'bad_request')
    for (const id of ['gatehouse-api', 'gatehouse-account'])
      expectProblem(await registering.remove(at(id)), 404, 'not_found')
  })

  it('X-35 C-35 is refused with what is wrong, and without the server following it', async () => {
    const web = (more: object) => ({ client_id: 'bad', redirect_uris: ['https://app.example/cb'], ...more })
    const key = { kty: 'EC', crv: 'P-256', x: 'AAAA', y: 'AAAA', d: 'AAAA' }
    for (const more of [
      { redirect_uris: ['https://app.example/cb#x'] },
      { redirect_uris: ['https://*.app.example/cb'] },
      { redirect_uris: ['javascript:alert(1)'] },
      { redirect_uris: Array.from({ length: 500 }, (_, index) => `https://app.example/${index}`) },
      { jwks_uri: 'http://keys.example/jwks' },
      { jwks: { keys: [key] }, token_endpoint_auth_method: 'private_key_jwt' },
      { grant_types: ['password'] },
      { client_name: '' },
      { client_name: 'a\u0000b' },
      { client_name: 'x'.repeat(201) },
      { client_secret: 'chosen-by-the-caller-and-in-its-logs' },
      { demo: true },
      { disabled: false },
      { client_secret_mac: 'x' },
      { permissions: { $ne: 1 } },
    ])
      expectProblem(await registering.post('/admin/clients', web(more)), 400, 'bad_request')
    for (const more of [
      { redirect_uris: [] },
      { permissions: { 'https://nowhere.example': ['x'] } },
      { permissions: { [API]: ['no:such'] } },
      { permissions: { '@api': ['x'] } },
      { own_permissions: { [API]: ['orders:read'] } },
    ]) {
      const answer = await registering.post('/admin/clients', web(more))
      expectProblem(answer, 422, 'invalid_fields')
      expect(answer.body.errors).toContainEqual({
        field: expect.any(String),
        code: 'not_accepted',
        wanted: expect.any(String),
      })
    }
    expectProblem(
      await registering.post('/admin/clients', web({ client_name: 'x'.repeat(200_000) })),
      413,
      'too_large',
    )
    expectProblem(await registering.get(at('bad')), 404, 'not_found')
  })

  it('X-35 has a name that pages show as a text', async () => {
    const name = '<img src=x onerror=alert(1)>\u202Egnp'
    const redirectUri = 'https://app.example/cb'
    await registering.post('/admin/clients', {
      client_id: 'named',
      client_name: name,
      redirect_uris: [redirectUri],
    })
    await sleep(1000)
    const query = new URLSearchParams({
      client_id: 'named',
      redirect_uri: redirectUri,
      response_type: 'code',
      scope: 'openid',
      code_challenge: 'x'.repeat(43),
      code_challenge_method: 'S256',
    })
    const page = await createAgent().get(`${server.issuer}/oauth2/authorize?${query}`)
    expect(page.status).toBe(200)
    expect(page.html).not.toContain('<img src=x')
    expect(page.html).not.toContain('\u202E')
    expect(page.html).toContain('&lt;img src=x')
  })
})

describe('escalation', () => {
  it('who has less of the administration than a client does nothing to it, and is written down', async () => {
    const document = OpenApiDocument.parse(await (await fetch(`${server.issuer}/admin/openapi.json`)).json())
    const writes = callsOf(document).filter(
      ({ method, path, operation }) =>
        path.startsWith('/admin/clients/{client_id}') &&
        method !== 'GET' &&
        operation.security[0]?.bearer?.[0] === 'clients:write',
    )
    const bodies: Record<string, unknown> = {
      PUT: machine(ops.clientId),
      'POST /admin/clients/{client_id}/secret/rotate': { overlap: 0 },
    }
    for (const target of [ops.clientId, 'desk', 'keeper']) {
      const before = await all.get(at(target))
      for (const { method, path } of writes) {
        const body = method === 'PUT' ? machine(target) : bodies[`${method} ${path}`]
        const answer = await registering.send(method, path.replace('{client_id}', target), {
          headers: { 'if-match': '*' },
          ...(body === undefined ? {} : { body }),
        })
        expect([method, path, answer.status, answer.body.code]).toEqual([
          method,
          path,
          403,
          'beyond_own_permissions',
        ])
      }
      expect((await all.get(at(target))).body).toEqual(before.body)
    }
    const refused = await eventsOf(all, { type: 'administration.refused', actor: 'client:registrar' })
    expect(refused.length).toBeGreaterThanOrEqual(writes.length * 3)
  })

  it('nobody makes a client, or changes their own, to have or ask for more than they have', async () => {
    const web = { redirect_uris: ['https://app.example/cb'], first_party: true }
    const more = { '@admin': ['roles:write'] }
    const byName = { [`${server.issuer}/admin`]: ['roles:write'] }
    for (const [index, client] of [
      machine('', { permissions: more }),
      machine('', { permissions: byName }),
      { ...web, permissions: more },
      { ...web, grant_types: ['authorization_code', 'client_credentials'], own_permissions: more },
    ].entries()) {
      const id = `climber-${index}`
      const answer = await registering.post('/admin/clients', { ...client, client_id: id })
      expectProblem(answer, 403, 'beyond_own_permissions')
      expectProblem(await all.get(at(id)), 404, 'not_found')
    }
    const own = machine(registrar.clientId, { permissions: { '@admin': [...REGISTERING, 'audit:read'] } })
    expectProblem(await registering.put(at(registrar.clientId), own), 403, 'beyond_own_permissions')
    const same = machine('deputy', { permissions: { '@admin': REGISTERING } })
    expect((await registering.post('/admin/clients', same)).status).toBe(201)
    expectProblem(
      await registering.post(at('deputy', 'assignments'), { role: 'reader' }),
      403,
      'insufficient_scope',
    )
  })

  it('roles are given to clients as to people', async () => {
    await make('roled')
    const giving = adminCalls(server, await machineToken(server, ops, 'clients:read roles:write'))
    const path = at('roled', 'assignments')
    const given = await giving.post(path, { role: 'reader' })
    expect(given).toMatchObject({ status: 201, body: { role: 'reader' } })
    expectProblem(await giving.post(path, { role: 'boss' }), 403, 'beyond_own_permissions')
    expectProblem(await giving.post(path, { role: 'admin' }), 422, 'invalid_fields')
    expect((await giving.get(path)).body.assignments).toEqual([given.body])
    expect((await giving.get(at('roled'))).body.assignments).toEqual([given.body])
    expect((await giving.remove(at('roled', 'assignments', String(given.body.id)))).status).toBe(204)
    expect((await giving.get(path)).body.assignments).toEqual([])
  })
})
