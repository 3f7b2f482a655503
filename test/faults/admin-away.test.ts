import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { adminCalls, adminSeed, machineToken, ops } from '../flows/admin-subject.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { services } from '../support/services/index.ts'
import { faultsOf, SOON, send } from './outage.ts'
import { startWires, type Wires } from './wires.ts'

const env = { ARGON2_MEMORY: '128', ARGON2_TIME: '1', LOG_LEVEL: 'fatal' }

describe.skipIf(!services())('the administration without a store', () => {
  let wires: Wires
  let on: Deployment
  let token: string
  beforeAll(async () => {
    wires = await startWires()
    on = await startDeployment({ seed: adminSeed, env, processes: 2, stores: wires.stores })
    token = await machineToken(on, ops)
    // Each process looks at the client once, so that it is in its memory.
    for (const _ of on.processes) await adminCalls(on, token).get('/admin/roles')
  })
  afterAll(async () => {
    await on?.stop()
    await wires?.stop()
  })

  const asked = (
    method: 'GET' | 'POST' | 'PUT' | 'DELETE',
    path: string,
    body?: object,
    mediaType = 'application/json',
  ) => ({
    name: `${method} ${path}`,
    method,
    url: on.issuer + path,
    headers: {
      authorization: `Bearer ${token}`,
      'if-match': '*',
      'idempotency-key': 'one',
      ...(body ? { 'content-type': mediaType } : {}),
    },
    body: body && JSON.stringify(body),
  })
  type Asked = ReturnType<typeof asked>

  const outcomes = (requests: Asked[]) =>
    Promise.all(
      requests.map(async ({ name, ...request }) => {
        const answer = await send(request)
        return [name, faultsOf({ asker: 'service' }, answer), answer.took < SOON]
      }),
    )
  const soon = (requests: Asked[]) => requests.map(({ name }) => [name, [], true])

  const needsMongo = (): Asked[] => [
    asked('GET', '/admin/roles'),
    asked('GET', '/admin/resources'),
    asked('GET', '/admin/roles/reader/holders'),
    asked('GET', '/admin/audit'),
    asked('GET', '/admin/keys'),
    asked('GET', '/admin/accounts'),
    asked('GET', '/admin/accounts/nobody'),
    asked('POST', '/admin/accounts', { email: 'away@example.com' }),
    asked('DELETE', '/admin/accounts/nobody'),
    asked('POST', '/admin/accounts/nobody/disable'),
    asked('POST', '/admin/accounts/nobody/sessions/end'),
    asked('GET', '/admin/clients'),
    asked('GET', '/admin/clients/shop'),
    asked('DELETE', '/admin/clients/shop'),
    asked('POST', '/admin/clients/shop/disable'),
    asked('GET', '/admin/grants'),
    asked('POST', '/admin/import', { email: 'away@example.com' }, 'application/x-ndjson'),
    asked('POST', '/admin/roles', { name: 'away' }),
    asked('PUT', '/admin/roles/idle', { name: 'idle', default: true }),
    asked('DELETE', '/admin/roles/idle'),
  ]

  it.each(['blackhole', 'cut'] as const)('R-12 says "later" soon, MongoDB away (%s)', async (fault) => {
    await wires.mongo[fault]()
    const requests = needsMongo()
    expect(await outcomes(requests)).toEqual(soon(requests))
    await wires.mongo.pass()
    await expect
      .poll(async () => (await adminCalls(on, token).get('/admin/roles/idle')).status, { timeout: 10_000 })
      .toBe(200)
    expect((await adminCalls(on, token).get('/admin/roles/away')).status).toBe(404)
  })

  it.each(['blackhole', 'cut'] as const)(
    'R-03 makes nothing whose key cannot be kept, Redis away (%s)',
    async (fault) => {
      await wires.redis[fault]()
      const requests = [asked('POST', '/admin/roles', { name: 'keyless' })]
      expect(await outcomes(requests)).toEqual(soon(requests))
      expect((await adminCalls(on, token).get('/admin/roles/keyless')).status).toBe(404)
      await wires.redis.pass()
      await sleep(500)
      const made = async () =>
        (await adminCalls(on, token).post('/admin/roles', { name: 'keyless' }, { 'idempotency-key': fault }))
          .status
      await expect.poll(made, { timeout: 10_000 }).toBe(201)
      expect((await adminCalls(on, token).remove('/admin/roles/keyless')).status).toBe(204)
    },
  )
})
