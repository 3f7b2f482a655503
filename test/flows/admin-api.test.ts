import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parallel } from '../contract/open-for-test.ts'
import { callsOf, codesOf, OpenApiDocument } from '../support/openapi.ts'
import type { RunningServer } from '../support/server.ts'
import {
  type AdminAnswer,
  type AdminCalls,
  API,
  adminCalls,
  adminPath,
  boss,
  keeper,
  machineToken,
  ops,
  personTokens,
  processesOf,
  seen,
  startAdminSubject,
} from './admin-subject.ts'

let server: RunningServer
let all: AdminCalls
let keeping: AdminCalls
beforeAll(async () => {
  server = await startAdminSubject()
  all = adminCalls(server, await machineToken(server, ops))
  keeping = adminCalls(server, await machineToken(server, keeper))
})
afterAll(() => server?.stop())

const expectProblem = ({ status, headers, body }: AdminAnswer, expected: number, code: string): void => {
  expect({ status, code: body.code }).toEqual({ status: expected, code })
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(headers.get('cache-control')).toBe('no-store')
}

const etagOf = ({ headers }: AdminAnswer): string => headers.get('etag') ?? ''
const nextOf = ({ headers }: AdminAnswer): string | undefined =>
  /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]
const clerk = (changes: object = {}) => ({
  name: 'clerk',
  permissions: { [API]: ['orders:read'] },
  includes: [],
  default: false,
  ...changes,
})
const events = async (query: Record<string, string>) => {
  // It is written with the next commit, and nobody waits for it.
  await sleep(200)
  const { body } = await all.get(`/admin/audit?${new URLSearchParams(query)}`)
  return body.events as { type: string; actor: string; detail: Record<string, unknown> }[]
}

describe('resources', () => {
  const shelf = { identifier: 'https://shelf.example/api', permissions: ['shelf:read'], types: ['book'] }
  const at = adminPath('resources', shelf.identifier)

  it('are declared, shown, changed with what the caller knows, and removed', async () => {
    const made = await all.post('/admin/resources', shelf)
    expect(made).toMatchObject({
      status: 201,
      body: { ...shelf, name: shelf.identifier, access_token_format: 'jwt' },
    })
    expect(made.headers.get('location')).toBe(server.issuer + at)
    const shown = await all.get(at)
    expect(shown.body).toEqual(made.body)
    expect(etagOf(shown)).toBe(etagOf(made))
    expect(etagOf(shown)).toMatch(/^"[\w-]{22}"$/)
    const changed = await all.put(at, { ...shown.body, name: 'Shelf' }, etagOf(shown))
    expect(changed).toMatchObject({ status: 200, body: { ...shelf, name: 'Shelf' } })
    expectProblem(await all.put(at, shown.body, etagOf(shown)), 412, 'precondition_failed')
    expectProblem(await all.remove(at, { 'if-match': etagOf(shown) }), 412, 'precondition_failed')
    expect(await all.remove(at, { 'if-match': etagOf(changed) })).toMatchObject({ status: 204, text: '' })
    expectProblem(await all.get(at), 404, 'not_found')
    expect((await events({ type: 'resource.changed' }))[0]).toMatchObject({
      actor: 'client:ops',
      detail: { before: { name: shelf.identifier }, after: { name: 'Shelf' } },
    })
  })

  it('show the built-in ones, which nobody changes', async () => {
    const { body } = await all.get('/admin/resources')
    const admin = `${server.issuer}/admin`
    expect(body.resources).toContainEqual(expect.objectContaining({ identifier: admin, built_in: true }))
    const there = adminPath('resources', admin)
    expect(await all.get(there)).toMatchObject({ status: 200, body: { built_in: true } })
    expectProblem(await all.put(there, { permissions: [] }), 409, 'built_in')
    expectProblem(await all.remove(there), 409, 'built_in')
    expectProblem(await all.send('PUT', `${there}/permissions/more`), 409, 'built_in')
    expectProblem(await all.post('/admin/resources', { identifier: admin }), 409, 'taken')
  })

  it('have permissions as members, and two who add one at the same moment both get through', async () => {
    await all.post('/admin/resources', shelf)
    const names = Array.from({ length: 10 }, (_, index) => `shelf:${index}`)
    const added = await Promise.all(
      names.map((name) => all.send('PUT', `${at}/permissions/${encodeURIComponent(name)}`)),
    )
    expect(added.map(({ status }) => status)).toEqual(names.map(() => 200))
    const { body } = await all.get(at)
    expect((body.permissions as string[]).toSorted()).toEqual([...names, 'shelf:read'].toSorted())
    const gone = await all.remove(`${at}/permissions/shelf%3A0`)
    expect(gone.body.permissions).not.toContain('shelf:0')
    expectProblem(await all.remove(`${at}/permissions/shelf%3A0`), 404, 'not_found')
    expectProblem(await all.send('PUT', `${at}/permissions/openid`), 422, 'invalid_fields')
    expect((await all.remove(at)).status).toBe(204)
  })

  it('in use are not removed, unless what uses them lets go', async () => {
    await all.post('/admin/resources', shelf)
    await all.post(
      '/admin/roles',
      clerk({ name: 'librarian', permissions: { [shelf.identifier]: ['shelf:read'] } }),
    )
    const users = [{ kind: 'role', name: 'librarian' }]
    for (const refused of [
      await all.remove(at),
      await all.remove(`${at}/permissions/shelf%3Aread`),
      await all.put(at, { permissions: [] }),
    ]) {
      expectProblem(refused, 409, 'in_use')
      expect(refused.body.users).toEqual(users)
    }
    expect((await all.remove(`${at}?cascade=true`)).status).toBe(204)
    expect((await all.get('/admin/roles/librarian')).body.permissions).toEqual({})
    await all.remove('/admin/roles/librarian')
  })

  it('X-35 are refused with every fault by its member', async () => {
    const bad = {
      identifier: 'https://x.example/#part',
      permissions: ['a b', 'openid', 'good', 'good'],
      types: ['api'],
      access_token_format: 'paper',
      name: 'a\nb',
    }
    const answer = await all.post('/admin/resources', bad)
    expectProblem(answer, 400, 'bad_request')
    const fields = (answer.body.errors as { field: string }[]).map(({ field }) => field)
    expect([...new Set(fields)].toSorted()).toEqual([
      'access_token_format',
      'identifier',
      'name',
      'permissions.0',
      'permissions.1',
      'permissions.3',
      'types.0',
    ])
    expect(answer.text).not.toContain('paper')
  })
})

describe('roles', () => {
  it('are made, renamed and removed; who has one keeps it under its new name', async () => {
    const made = await all.post('/admin/roles', clerk({ name: 'Кладовщик / ночь', includes: ['idle'] }))
    expect(made).toMatchObject({ status: 201, body: { name: 'Кладовщик / ночь', includes: ['idle'] } })
    const at = adminPath('roles', 'Кладовщик / ночь')
    expect(made.headers.get('location')).toBe(server.issuer + at)
    expect((await all.get(at)).body).toEqual(made.body)
    const renamed = await all.put(at, { ...made.body, name: 'store keeper' }, etagOf(made))
    expect(renamed).toMatchObject({ status: 200, body: { name: 'store keeper' } })
    expectProblem(await all.get(at), 404, 'not_found')
    expect((await all.remove(adminPath('roles', 'store keeper'))).status).toBe(204)
  })

  it('name only what there is, and do not include each other in circles', async () => {
    const refused = async (changes: object) => {
      const answer = await all.post('/admin/roles', clerk(changes))
      expectProblem(answer, 422, 'invalid_fields')
      return (answer.body.errors as { field: string }[]).map(({ field }) => field)
    }
    expect(await refused({ permissions: { 'https://nowhere.example': ['x'] } })).toEqual([
      'permissions.https://nowhere.example',
    ])
    expect(await refused({ permissions: { [API]: ['orders:fly'] } })).toEqual([`permissions.${API}.0`])
    expect(await refused({ includes: ['nobody-knows'] })).toEqual(['includes.0'])
    expect(await refused({ includes: ['clerk'] })).toContain('includes')
    expectProblem(await all.post('/admin/roles', clerk({ name: 'reader' })), 409, 'taken')
    expectProblem(await all.post('/admin/roles', clerk({ name: 'admin' })), 400, 'bad_request')
    expectProblem(await all.remove('/admin/roles/admin'), 409, 'built_in')
  })

  it('tell who has them; addresses only to who may read accounts', async () => {
    const seen = await all.get('/admin/roles/reader/holders')
    expect(seen.body.holders).toEqual([{ kind: 'account', id: expect.any(String), name: 'kim@example.com' }])
    const unseen = await keeping.get('/admin/roles/reader/holders')
    expect(unseen.body.holders).toEqual([{ kind: 'account', id: expect.any(String) }])
    const refused = await keeping.remove('/admin/roles/reader')
    expectProblem(refused, 409, 'in_use')
    expect(refused.body.users).toEqual(unseen.body.holders)
    expect((await all.get('/admin/roles/admin/holders')).body.holders).toHaveLength(1)
  })
})

describe('lists', () => {
  it('come in pages that lead from one to the next, each item once', async () => {
    const names: string[] = []
    let url: string | undefined = `${server.issuer}/admin/roles?limit=2`
    for (let pages = 0; url !== undefined && pages < 20; pages++) {
      expect(url.startsWith(`${server.issuer}/admin/roles?`)).toBe(true)
      const answer: AdminAnswer = await all.get(url.slice(server.issuer.length))
      const roles = answer.body.roles as { name: string }[]
      expect(roles.length).toBeLessThanOrEqual(2)
      names.push(...roles.map(({ name }) => name))
      url = nextOf(answer)
    }
    expect(names).toEqual(names.toSorted())
    expect(names).toEqual(expect.arrayContaining(['admin', 'auditor', 'boss', 'customer', 'idle', 'reader']))
    expect(new Set(names).size).toBe(names.length)
  })

  it.each([
    'limit=0',
    'limit=201',
    'limit=1e2',
    'limit=-1',
    'limit=',
    'limit=1&limit=2',
    'more=1',
    'after=%00',
    'after=***',
    'after=YQ==',
    'limit=%ff',
    '__proto__=1',
    'after[$gt]=',
  ])('C-33 X-20 refuse the query %s', async (query) => {
    for (const list of ['roles', 'resources', 'audit', 'roles/reader/holders'])
      expectProblem(await all.get(`/admin/${list}?${query}`), 400, 'bad_request')
  })

  it('of what has happened are filtered and newest first', async () => {
    await all.post('/admin/roles', clerk({ name: 'short-lived' }))
    await all.remove('/admin/roles/short-lived')
    const since = new Date(Date.now() - 60_000).toISOString()
    const found = await events({ actor: 'client:ops', since, limit: '2' })
    expect(found.map(({ type }) => type)).toEqual(['role.removed', 'role.created'])
    expect(await events({ since: '2100-01-01T00:00:00Z' })).toEqual([])
    expect(await events({ account: 'nobody' })).toEqual([])
    expectProblem(await all.get('/admin/audit?type=nothing'), 400, 'bad_request')
    expectProblem(await all.get('/admin/audit?since=yesterday'), 400, 'bad_request')
    const page = await all.get('/admin/audit?limit=1&type=role.created')
    expect(nextOf(page)).toContain('type=role.created')
  })
})

describe('keys', () => {
  it('are shown without secrets and rotated by force, once for one Idempotency-Key', async () => {
    const before = await all.get('/admin/keys')
    expect(before.text).not.toContain('sealed')
    const early = await all.send('POST', '/admin/keys/rotate')
    expectProblem(early, 409, 'not_yet')
    expect(Date.parse(String(early.body.possible_at))).toBeGreaterThan(Date.now())
    const headers = { 'idempotency-key': 'one-rotation' }
    const rotate = () => all.send('POST', '/admin/keys/rotate?force=true', { headers })
    const [first, again] = [await rotate(), await rotate()]
    expect(first.status).toBe(200)
    expect(again.text).toBe(first.text)
    const kids = (answer: AdminAnswer, state: string) =>
      (answer.body.keys as { kid: string; state: string }[])
        .filter((key) => key.state === state)
        .map(({ kid }) => kid)
    expect(kids(first, 'current')).toEqual(kids(before, 'next'))
    expect(kids(await all.get('/admin/keys'), 'current')).toEqual(kids(first, 'current'))
    expect(await events({ type: 'keys.rotated' })).toHaveLength(1)
  })
})

it('a decision is explained', async () => {
  const { body } = await all.get('/admin/roles/boss/holders')
  const [{ id }] = body.holders as [{ id: string }]
  const ask = (query: Record<string, string>) => all.get(`/admin/explain?${new URLSearchParams(query)}`)
  const question = { subject: id, permission: 'roles:write', resource: '@admin' }
  expect((await ask(question)).body).toEqual({
    allowed: true,
    reasons: [{ from: 'role', outcome: 'holds', path: ['boss'], assignment: { role: 'boss' } }],
  })
  expect((await ask({ ...question, resource: API })).body).toEqual({ allowed: false, reasons: [] })
  expect((await ask({ ...question, subject: 'ops', subject_type: 'client' })).body).toMatchObject({
    allowed: true,
    reasons: [{ from: 'own' }],
  })
  expectProblem(await ask({ ...question, type: 'book' }), 400, 'bad_request')
})

describe('many at once', () => {
  it('of 50 edits of one state one is made, whatever process they reach, and no other is lost in silence', async () => {
    const made = await all.post('/admin/roles', clerk({ name: 'contested', permissions: {} }))
    const at = adminPath('roles', 'contested')
    const origins = processesOf(server)
    const answers = await parallel(50, (index) =>
      all.send('PUT', at, {
        body: clerk({
          name: 'contested',
          default: index % 2 === 0,
          permissions: { [API]: [['orders:read'], ['orders:write']][index % 2] },
        }),
        headers: { 'if-match': etagOf(made) },
        origin: origins[index % origins.length] ?? '',
      }),
    )
    const done = answers.filter(({ status }) => status === 200)
    expect(done).toHaveLength(1)
    expect(answers.filter(({ status }) => status === 412)).toHaveLength(49)
    const shown = await all.get(at)
    expect(shown.body).toEqual(done[0]?.body)
    expect(etagOf(shown)).toBe(done[0] && etagOf(done[0]))
    expect(
      (await events({ type: 'role.changed', limit: '200' })).filter(({ detail }) =>
        JSON.stringify(detail).includes('contested'),
      ),
    ).toHaveLength(1)
    await all.remove(at)
  })

  it('of 20 who each change what they have read, all get through in the end', async () => {
    await all.post('/admin/resources', { identifier: 'https://many.example', permissions: [] })
    const at = adminPath('resources', 'https://many.example')
    const edit = async (index: number): Promise<void> => {
      for (;;) {
        const read = await all.get(at)
        // A store that is slow for a moment says so, and the caller asks again.
        if (read.status === 503) continue
        const permissions = [...(read.body.permissions as string[]), `p:${index}`]
        const { status } = await all.put(at, { ...read.body, permissions }, etagOf(read))
        if (status === 200) return
        expect([412, 503]).toContain(status)
      }
    }
    await parallel(20, edit)
    expect((await all.get(at)).body.permissions).toHaveLength(20)
    await all.remove(at)
  })

  it('a permission that is removed while it is given to roles ends in no role, or stays', async () => {
    const identifier = 'https://torn.example'
    const at = adminPath('resources', identifier)
    for (let round = 0; round < 5; round++) {
      await all.post('/admin/resources', { identifier, permissions: ['torn:read'] })
      const name = `torn-${round}`
      const [made, gone] = await Promise.all([
        all.post('/admin/roles', clerk({ name, permissions: { [identifier]: ['torn:read'] } })),
        all.remove(`${at}/permissions/torn%3Aread`),
      ])
      const left = await all.get(at)
      const role = await all.get(`/admin/roles/${name}`)
      if (made.status === 201) {
        expectProblem(gone, 409, 'in_use')
        expect(left.body.permissions).toEqual(['torn:read'])
        expect(role.body.permissions).toEqual({ [identifier]: ['torn:read'] })
      } else {
        expectProblem(made, 422, 'invalid_fields')
        expect([gone.status, left.body.permissions, role.status]).toEqual([200, [], 404])
      }
      await all.remove(`/admin/roles/${name}`)
      await all.remove(at)
    }
  })

  it('creations with one Idempotency-Key make one thing and answer alike', async () => {
    const headers = { 'idempotency-key': 'make-one' }
    const make = () => all.post('/admin/roles', clerk({ name: 'once' }), headers)
    const answers = await parallel(10, make)
    const made = answers.filter(({ status }) => status === 201)
    expect(made.length).toBeGreaterThan(0)
    expect(new Set(made.map(({ text }) => text)).size).toBe(1)
    for (const answer of answers)
      if (answer.status !== 201) {
        expectProblem(answer, 409, 'request_in_progress')
        expect(answer.headers.get('retry-after')).toBe('1')
      }
    const again = await make()
    expect(again).toMatchObject({ status: 201, text: made[0]?.text })
    expect(etagOf(again)).toBe(made[0] && etagOf(made[0]))
    expect(again.headers.get('location')).toBe(`${server.issuer}/admin/roles/once`)
    const made_once = (await events({ type: 'role.created', limit: '200' })).filter(({ detail }) =>
      JSON.stringify(detail).includes('"once"'),
    )
    expect(made_once).toHaveLength(1)
    expectProblem(
      await all.post('/admin/roles', clerk({ name: 'twice' }), headers),
      422,
      'idempotency_key_reused',
    )
    // Another caller's key is another one, and what was refused may be tried again.
    expectProblem(await keeping.post('/admin/roles', clerk({ name: 'once' }), headers), 409, 'taken')
    await all.remove('/admin/roles/once')
    expect((await keeping.post('/admin/roles', clerk({ name: 'once' }), headers)).status).toBe(201)
    await all.remove('/admin/roles/once')
    for (const key of ['x'.repeat(256), 'a b', 'ключ'.replace(/./g, '\u00e4')])
      expectProblem(await all.post('/admin/roles', clerk(), { 'idempotency-key': key }), 400, 'bad_request')
  })
})

describe('a precondition', () => {
  const at = '/admin/roles/idle'
  it('is needed for a change', async () => {
    expectProblem(await all.put(at, clerk({ name: 'idle' }), null), 428, 'precondition_required')
    for (const tag of ['abc', '"a", "b"', '"a"b', 'W/abc', '""""'])
      expectProblem(await all.put(at, clerk({ name: 'idle' }), tag), 400, 'bad_request')
    expectProblem(
      await all.put(at, clerk({ name: 'idle' }), `W/${etagOf(await all.get(at))}`),
      412,
      'precondition_failed',
    )
    expectProblem(await all.put('/admin/roles/nowhere', clerk({ name: 'nowhere' }), '"x"'), 404, 'not_found')
  })
})

describe('nobody hands on more than they have', () => {
  const refusals = async () => (await events({ type: 'administration.refused', limit: '200' })).length

  it.each([
    [
      'a role with permissions of the administration',
      clerk({ permissions: { '@admin': ['accounts:write'] } }),
    ],
    ['one by the identifier', 'identifier'],
    ['a role that includes such a role', clerk({ includes: ['boss'] })],
  ] as const)('%s is refused and audited', async (_, wanted) => {
    const body =
      wanted === 'identifier'
        ? clerk({ permissions: { [`${server.issuer}/admin`]: ['audit:read'] } })
        : wanted
    const before = await refusals()
    expectProblem(await keeping.post('/admin/roles', body), 403, 'beyond_own_permissions')
    expect(await refusals()).toBe(before + 1)
    expect((await all.get('/admin/roles/clerk')).status).toBe(404)
  })

  it('what they have they may hand on', async () => {
    const own = clerk({ name: 'deputy', permissions: { '@admin': ['roles:read'] } })
    expect((await keeping.post('/admin/roles', own)).status).toBe(201)
    expect((await keeping.remove('/admin/roles/deputy')).status).toBe(204)
  })

  it('nor change or remove a role that has more, not even to make it less', async () => {
    expectProblem(
      await keeping.put('/admin/roles/boss', clerk({ name: 'boss', permissions: {} })),
      403,
      'beyond_own_permissions',
    )
    expectProblem(await keeping.remove('/admin/roles/auditor?cascade=true'), 403, 'beyond_own_permissions')
    const idle = await keeping.get('/admin/roles/idle')
    expectProblem(
      await keeping.put('/admin/roles/idle', { ...idle.body, includes: ['auditor'] }, etagOf(idle)),
      403,
      'beyond_own_permissions',
    )
    expect((await keeping.get('/admin/roles/idle')).body).toEqual(idle.body)
  })

  it('a token of little scope hands on little, whoever it is for', async () => {
    const { access_token } = await personTokens(server, boss, ['roles:read', 'roles:write'])
    const narrow = adminCalls(server, access_token)
    expect((await narrow.get('/admin/roles')).status).toBe(200)
    expectProblem(
      await narrow.post('/admin/roles', clerk({ includes: ['auditor'] })),
      403,
      'beyond_own_permissions',
    )
  })

  it.each([
    ['id', clerk({ id: 'chosen' })],
    ['built_in', clerk({ built_in: true })],
    ['__proto__', '{"name":"clerk","__proto__":{"default":true}}'],
    ['permissions.__proto__', '{"name":"clerk","permissions":{"__proto__":["orders:read"]}}'],
    ['constructor', '{"name":"clerk","constructor":{"prototype":{"x":1}}}'],
    ['name', clerk({ name: { $ne: '' } })],
    ['permissions', clerk({ permissions: { $where: '1' } })],
  ])('C-33 C-35 X-20 the member %s is refused, and nothing is changed', async (_, body) => {
    expectProblem(await all.post('/admin/roles', body), 400, 'bad_request')
    expect(({} as Record<string, unknown>).x).toBeUndefined()
    expect((await all.get('/admin/roles/clerk')).status).toBe(404)
  })
})

describe('the layer of HTTP', () => {
  it('C-37 X-39 has one spelling for each path', async () => {
    for (const path of [
      '/admin;x/roles',
      '/admin/roles;x=1',
      '/admin/roles/',
      '//admin/roles',
      '/Admin/roles',
      '/admin/Roles',
      '/admin/%72oles',
      '/%61dmin/roles',
      '/admin/roles/reader/',
      '/admin/roles/reader%2f',
      '/admin/roles/%72eader',
      '/admin/roles/reader%00',
      '/admin/roles/reader;x',
      '/admin/roles/a%2fb',
      '/admin/roles/%ff',
      '/admin/roles/%',
      '/admin',
    ])
      expect([path, await rawStatus(path)]).toEqual([path, 404])
  })

  it('X-39 knows its methods and types, and reads no more than it must', async () => {
    const refused = await all.send('PATCH', '/admin/roles')
    expectProblem(refused, 405, 'method_not_allowed')
    expect(refused.headers.get('allow')).toBe('GET, POST')
    const post = (headers: Record<string, string>, body = '{}') =>
      all.send('POST', '/admin/roles', { body, headers })
    expectProblem(await post({ 'content-type': 'text/plain' }), 415, 'unsupported_media_type')
    expectProblem(
      await post({ 'content-type': 'application/x-www-form-urlencoded' }),
      415,
      'unsupported_media_type',
    )
    expectProblem(await post({ 'content-encoding': 'gzip' }), 415, 'unsupported_media_type')
    expectProblem(await post({}, `"${'x'.repeat(60_000)}"`), 413, 'too_large')
    for (const body of ['', '{', '[]', 'null', '"x"', '{"name":"a","name":'])
      expectProblem(await post({}, body), 400, 'bad_request')
  })

  it('X-40 writes neither tokens nor what a caller planted into the log, and answers no script of a stranger', async () => {
    const token = await machineToken(server, ops)
    const canary = 'canary-4711'
    const own = adminCalls(server, token)
    await own.get(`/admin/roles?x=${canary}%0d%0aforged`)
    await own.get(`/admin/roles/${canary}%0D%0Aforged`)
    await own.post('/admin/roles', { name: `${canary}\u001b[31m` }, { 'idempotency-key': `${canary}-key` })
    const answer = await own.get('/admin/roles', { headers: { origin: 'https://evil.example' } })
    expect(answer.headers.get('access-control-allow-origin')).toBeNull()
    expect(answer.headers.get('x-content-type-options')).toBe('nosniff')
    const output = server.output()
    expect(output).not.toContain(canary)
    expect(output).not.toContain(token.slice(-40))
    expect(output).not.toContain(ops.clientSecret)
  })
})

it('every answer above is in the OpenAPI document, with its headers', async () => {
  const answer = await fetch(`${server.issuer}/admin/openapi.json`)
  const calls = callsOf(OpenApiDocument.parse(await answer.json())).map((call) => ({
    ...call,
    form: new RegExp(`^${call.path.replaceAll(/\{\w+\}/g, '[^/]+')}$`),
  }))
  const matched = seen.flatMap(({ method, path, answer: { status, body, headers } }) => {
    const call = calls.find((one) => one.method === method && one.form.test(path))
    return call ? [{ call, status, code: body.code, headers }] : []
  })
  expect(new Set(matched.map(({ call }) => call)).size).toBeGreaterThan(15)
  const untold = matched.filter(({ call: { operation }, status, code, headers }) => {
    const told = operation.responses[status]
    const isTold =
      code === undefined ? told !== undefined : codesOf(operation)[status]?.includes(String(code))
    const names = ['etag', 'link', 'location'].filter((name) => headers.has(name))
    const toldNames = Object.keys(told?.headers ?? {}).map((name) => name.toLowerCase())
    return !isTold || names.some((name) => !toldNames.includes(name))
  })
  expect(untold.map(({ call, status, code }) => `${call.method} ${call.path} ${status} ${code}`)).toEqual([])
})

/** As it stands, without a client that would put it straight. */
const rawStatus = async (path: string): Promise<number | undefined> => {
  const { request } = await import('node:http')
  const token = await machineToken(server, ops)
  return new Promise((resolve, reject) => {
    request(
      { host: '127.0.0.1', port: server.port, path, headers: { authorization: `Bearer ${token}` } },
      (answer) => {
        answer.resume()
        resolve(answer.statusCode)
      },
    )
      .on('error', reject)
      .end()
  })
}
