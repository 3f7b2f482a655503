import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { AccessModel, adminPermissions } from '../../src/domain/access/model.ts'
import type { Account } from '../../src/domain/ports.ts'
import { type Call, callsOf, OpenApiDocument } from '../support/openapi.ts'
import type { RunningServer } from '../support/server.ts'
import {
  type AdminAnswer,
  adminCalls,
  boss,
  desk,
  machineToken,
  ops,
  personTokens,
  processesOf,
  startAdminSubject,
} from './admin-subject.ts'
import { storeBeside } from './beside.ts'
import { calls as callsAt } from './calls.ts'
import { createHolder } from './proofs.ts'
import { API, kim, service } from './subject.ts'

let server: RunningServer
let calls: Call[]
beforeAll(async () => {
  server = await startAdminSubject()
  const answer = await fetch(`${server.issuer}/admin/openapi.json`)
  calls = callsOf(OpenApiDocument.parse(await answer.json()))
})
afterAll(() => server?.stop())

/** Scope that a call wants, by its documentation. */
const scopeOf = ({ operation }: Call): string => operation.security[0]?.bearer?.[0] ?? ''

/** Calls that a matrix with the right scope must not make in earnest: they answer before they do anything. */
const ask = (call: Call, token: string | undefined): Promise<AdminAnswer> =>
  adminCalls(server, token).send(call.method, call.path.replaceAll(/\{\w+\}/g, 'no-such-thing'), {
    ...(call.operation.requestBody ? { body: '{"no_such_member":1}' } : {}),
    headers: { 'if-match': '"no-such-state"' },
  })

const outcomes = async (token: string | undefined | ((call: Call) => Promise<string>)) => {
  const all: Record<string, unknown> = {}
  for (const call of calls) {
    const presented = typeof token === 'function' ? await token(call) : token
    const { status, body, headers } = await ask(call, presented)
    all[`${call.method} ${call.path}`] = [status, body.code, headers.get('www-authenticate')]
  }
  return all
}

const each = (of: (call: Call) => unknown) =>
  Object.fromEntries(calls.map((call) => [`${call.method} ${call.path}`, of(call)]))

const INVALID = [401, 'invalid_token', 'Bearer error="invalid_token"']

describe('every call below /admin/', () => {
  it('names the one permission of the administration that it wants', () => {
    expect(calls.length).toBeGreaterThan(15)
    for (const call of calls) {
      expect([call.path, adminPermissions.includes(scopeOf(call))]).toEqual([call.path, true])
      const isReading = call.method === 'GET'
      expect([call.method, call.path, scopeOf(call).endsWith(isReading ? ':read' : ':write')]).toEqual([
        call.method,
        call.path,
        true,
      ])
    }
  })

  it.each([
    ['no token', async () => undefined],
    ['garbage', async () => 'garbage'],
    ['an unsigned token', async () => unsigned(await machineToken(server, ops))],
    ['a token with another signature', async () => forged(await machineToken(server, ops))],
    ['a token for another API', async () => machineToken(server, service, 'orders:write', API)],
    [
      'a token of the sign-in API',
      async () => {
        const answer = await adminCalls(server, undefined).post('/auth/login', {
          email: boss.login,
          password: boss.password,
        })
        return String(answer.body.access_token)
      },
    ],
    ['an ID token of who may do everything', async () => (await personTokens(server, boss)).id_token],
    [
      'an opaque token',
      async () => (await callsAt(server).token(ops, grant('', ''))).body.access_token ?? 'x',
    ],
  ])('answers 401 to %s', async (_, token) => {
    expect(await outcomes(await token())).toEqual(each(() => INVALID))
  })

  it('answers 403 to a token that has every permission but the one', async () => {
    const tokens = new Map<string, string>()
    const without = async (call: Call): Promise<string> => {
      const scope = scopeOf(call)
      const others = adminPermissions.filter((each) => each !== scope)
      const token = tokens.get(scope) ?? (await machineToken(server, ops, others.join(' ')))
      tokens.set(scope, token)
      return token
    }
    expect(await outcomes(without)).toEqual(
      each((call) => [
        403,
        'insufficient_scope',
        `Bearer error="insufficient_scope", scope="${scopeOf(call)}"`,
      ]),
    )
    await sleep(300)
    const all = adminCalls(server, await machineToken(server, ops))
    const { body } = await all.get('/admin/audit?type=administration.refused&limit=200')
    const refused = body.events as { actor: string; detail: { call: string; missing: string } }[]
    expect(refused.map(({ detail }) => detail.call).toSorted()).toEqual(
      calls.map(({ method, path }) => `${method} ${path}`).toSorted(),
    )
    expect(new Set(refused.map(({ actor }) => actor))).toEqual(new Set(['client:ops']))
  })

  it('lets a token through that has no other permission', async () => {
    const all = await outcomes((call) => machineToken(server, ops, scopeOf(call)))
    for (const [call, outcome] of Object.entries(all)) {
      const [status, code] = outcome as [number, string]
      expect([call, status < 500 && ![401, 403].includes(status), code]).toEqual([call, true, code])
    }
  })

  it('lets a person through who holds the permission', async () => {
    const { access_token } = await personTokens(server, boss)
    for (const [call, outcome] of Object.entries(await outcomes(access_token))) {
      const [status] = outcome as [number]
      expect([call, status < 500 && ![401, 403].includes(status)]).toEqual([call, true])
    }
  })
})

const grant = (resource: string, scope: string) => ({
  grant_type: 'client_credentials',
  ...(resource === '' ? {} : { resource, scope }),
})

const unsigned = (token: string): string => {
  const [, claims] = token.split('.')
  return `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${claims}.`
}

const forged = (token: string): string => {
  const [header, claims, signature = ''] = token.split('.')
  return `${header}.${claims}.${signature.startsWith('A') ? 'B' : 'A'}${signature.slice(1)}`
}

/** Milliseconds in which every process knows of a change, and more for a busy machine. */
const WITHIN = 1_000 + 250

/** Changes an account as a command beside the server does. */
const change = async (login: string, changes: Partial<Account>): Promise<void> => {
  const store = await storeBeside(server)
  const account = await store.accounts.findByEmailKey(login)
  if (!account) throw new Error(`no account ${login}`)
  await store.accounts.replace({ ...account, ...changes })
  await store.close()
}

/** What every process answers: one number if they agree. */
const statusOf =
  (token: string, path = '/admin/roles') =>
  async (): Promise<number | number[]> => {
    const own = adminCalls(server, token)
    const answers = await Promise.all(processesOf(server).map((origin) => own.get(path, { origin })))
    const [first = 0, ...others] = new Set(answers.map(({ status }) => status))
    return others.length === 0 ? first : [first, ...others]
  }

describe('what a token says counts only as far as it is true now', () => {
  it('a permission that is taken from a role is gone from tokens that are out, at every process within a second', async () => {
    const all = adminCalls(server, await machineToken(server, ops))
    await all.post('/admin/roles', { name: 'temp', permissions: { '@admin': ['roles:read', 'keys:read'] } })
    const store = await storeBeside(server)
    const model = await store.documents.read('access')
    const { roles } = AccessModel.parse(model?.value)
    const roleId = roles.find(({ name }) => name === 'temp')?.id ?? ''
    await store.close()
    await change(kim.login, { roles: [{ roleId }] })
    await sleep(1200)
    const { access_token } = await personTokens(server, kim, ['roles:read', 'keys:read'])
    const is = statusOf(access_token)
    expect([await is(), await statusOf(access_token, '/admin/keys')()]).toEqual([200, 200])
    const [role] = [await all.get('/admin/roles/temp')]
    const less = { ...role.body, permissions: { '@admin': ['keys:read'] } }
    expect((await all.put('/admin/roles/temp', less, role.headers.get('etag'))).status).toBe(200)
    await expect.poll(is, { timeout: WITHIN, interval: 20 }).toBe(403)
    expect(await statusOf(access_token, '/admin/keys')()).toBe(200)
    await all.remove('/admin/roles/temp?cascade=true')
    await expect.poll(statusOf(access_token, '/admin/keys'), { timeout: WITHIN, interval: 20 }).toBe(403)
  })

  it('a disabled account and "log out everywhere" end it', async () => {
    const { access_token } = await personTokens(server, boss)
    const is = statusOf(access_token)
    expect(await is()).toBe(200)
    await change(boss.login, { disabled: true })
    await expect.poll(is, { timeout: 5000 }).toBe(401)
    await change(boss.login, { disabled: false })
    await expect.poll(is, { timeout: 5000 }).toBe(200)
    await change(boss.login, { validAfter: Date.now() })
    await expect.poll(is, { timeout: 5000 }).toBe(401)
    await sleep(1500)
    expect(await statusOf((await personTokens(server, boss)).access_token)()).toBe(200)
  })

  it('a person who removes the application ends it', async () => {
    const { access_token } = await personTokens(server, boss)
    const is = statusOf(access_token)
    expect(await is()).toBe(200)
    await change(boss.login, { clientsValidAfter: [{ clientId: desk.clientId, at: Date.now() + 1000 }] })
    await expect.poll(is, { timeout: 5000 }).toBe(401)
    await change(boss.login, { clientsValidAfter: [] })
  })

  it('N-08 a token that is bound to a key is worth nothing as a bearer token', async () => {
    const holder = await createHolder()
    const ask = async (nonce?: string) =>
      callsAt(server).token(ops, grant(`${server.issuer}/admin`, 'roles:read'), {
        dpop: await holder.prove(
          { htm: 'POST', htu: `${server.issuer}/oauth2/token` },
          nonce === undefined ? {} : { claims: { nonce } },
        ),
      })
    const first = await ask()
    const { body } = first.status === 200 ? first : await ask(first.headers.get('dpop-nonce') ?? '')
    expect(body.token_type).toBe('DPoP')
    expect(await statusOf(String(body.access_token))()).toBe(401)
  })

  it('a client with fewer permissions has less at once, and one that is gone has nothing', async () => {
    const token = await machineToken(server, ops)
    const [roles, keys] = [statusOf(token), statusOf(token, '/admin/keys')]
    const store = await storeBeside(server)
    const record = await store.clients.find(ops.clientId)
    if (!record) throw new Error('no client')
    const metadata = { ...record.metadata, permissions: { '@admin': ['keys:read'] } }
    await store.clients.replace({ ...record, metadata })
    await expect.poll(roles, { timeout: 5000 }).toBe(403)
    expect(await keys()).toBe(200)
    await store.clients.remove(ops.clientId)
    await store.close()
    await expect.poll(keys, { timeout: 5000 }).toBe(401)
  })
})
