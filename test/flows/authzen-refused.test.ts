import { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { gzipSync } from 'node:zlib'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { wire } from '../negative/wire.ts'
import { createAgent } from '../support/browserless.ts'
import { relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import {
  type AccessCalls,
  type Answer,
  accessCalls,
  api,
  asker,
  bound,
  PASSWORD,
  passing,
  people,
  portal,
  RECORDS,
  read,
  startSubject,
  stranger,
  user,
} from './authzen-subject.ts'
import { storeBeside } from './beside.ts'
import { type Calls, calls } from './calls.ts'
import { createHolder } from './proofs.ts'

let server: RunningServer
let ask: Calls
let token: string
let service: AccessCalls

const CREDENTIALS = { grant_type: 'client_credentials' }
const forAccess = () => ({ ...CREDENTIALS, resource: `${server.issuer}/access`, scope: 'access:evaluate' })

beforeAll(async () => {
  server = await startSubject()
  ask = calls(server)
  token = (await ask.token(asker, forAccess())).body.access_token ?? ''
  service = accessCalls(server, token)
})
afterAll(() => server?.stop())

const evaluation = { subject: user('reader'), action: read, resource: api() }
const PATHS = ['evaluation', 'evaluations', 'search/subject', 'search/resource', 'search/action']

/** The answer to a good question by somebody with this token, at each endpoint. */
const everywhere = (presented: string | undefined): Promise<Answer[]> =>
  Promise.all(PATHS.map((path) => accessCalls(server, presented).post(path, evaluation)))

const problem = ({ status, headers, body }: Answer, expected: number, code: string): void => {
  expect({ status, code: body.code }).toEqual({ status: expected, code })
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(headers.get('cache-control')).toBe('no-store')
  expect(body.decision).toBeUndefined()
}

describe('401 invalid_token', () => {
  const refused = async (presented: string | undefined): Promise<void> => {
    for (const answer of await everywhere(presented)) {
      problem(answer, 401, 'invalid_token')
      expect(answer.headers.get('www-authenticate')).toBe('Bearer error="invalid_token"')
    }
  }

  it('for no token, and for one that is none', async () => {
    await refused(undefined)
    await refused('made.up.token')
    await refused('x'.repeat(4000))
  })

  it('for another scheme than Bearer in the header, and for a token elsewhere', async () => {
    const { clientId, clientSecret } = asker
    const basic = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
    const nobody = accessCalls(server, undefined)
    for (const authorization of [
      basic,
      token,
      `DPoP ${token}`,
      `Bearer  ${token}`,
      `Bearer ${token},${token}`,
    ])
      problem(await nobody.post('evaluation', evaluation, { authorization }), 401, 'invalid_token')
    problem(await nobody.post(`evaluation?access_token=${token}`, evaluation), 401, 'invalid_token')
    problem(await nobody.post('evaluation', { ...evaluation, access_token: token }), 401, 'invalid_token')
  })

  it('N-22 for a token whose signature, header or claims were changed', async () => {
    const [head = '', claims = '', signature = ''] = token.split('.')
    const changed = (part: string, members: object): string =>
      Buffer.from(
        JSON.stringify({ ...JSON.parse(Buffer.from(part, 'base64url').toString()), ...members }),
      ).toString('base64url')
    await refused(`${head}.${claims}.${signature.slice(0, -4)}AAAA`)
    await refused(`${head}.${changed(claims, { exp: 9_999_999_999 })}.${signature}`)
    await refused(`${changed(head, { alg: 'none' })}.${claims}.`)
    await refused(`${changed(head, { alg: 'HS256' })}.${claims}.${signature}`)
    expect((await service.post('evaluation', evaluation)).status).toBe(200)
  })

  it('for a token for another API', async () => {
    const other = await ask.token(stranger, { ...CREDENTIALS, resource: RECORDS })
    await refused(other.body.access_token)
    await refused((await ask.token(stranger, CREDENTIALS)).body.access_token)
    const login = await fetch(`${server.issuer}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ email: people.insider, password: PASSWORD }),
    })
    const { access_token } = (await login.json()) as { access_token: string }
    await refused(access_token)
  })

  it('for an ID token, and for a token of a person who has the permission', async () => {
    const party = await relyingParty(server.issuer, portal)
    const credentials = { login: people.insider, password: PASSWORD }
    const parameters = { scope: 'openid access:evaluate', resource: `${server.issuer}/access` }
    const tokens = await party.signIn(createAgent(), credentials, parameters)
    expect(tokens.scope).toContain('access:evaluate')
    await refused(tokens.id_token)
    await refused(tokens.access_token)
    const own = await ask.token(portal, forAccess())
    expect((await accessCalls(server, own.body.access_token).post('evaluation', evaluation)).status).toBe(200)
  })

  it('N-08 for a token that is bound to a key, sent as a bearer token', async () => {
    const holder = await createHolder()
    const dpop = await holder.prove({ htm: 'POST', htu: `${server.issuer}/oauth2/token` })
    const { body } = await ask.token(bound, forAccess(), { dpop })
    expect(body.token_type).toBe('DPoP')
    await refused(body.access_token)
  })
})

describe('403 insufficient_scope', () => {
  const refused = async (presented: string | undefined): Promise<void> => {
    for (const answer of await everywhere(presented)) {
      problem(answer, 403, 'insufficient_scope')
      expect(answer.headers.get('www-authenticate')).toBe(
        'Bearer error="insufficient_scope", scope="access:evaluate"',
      )
    }
  }

  it('for a token that was asked for without the scope', async () => {
    const { scope: _, ...without } = forAccess()
    const { status, body } = await ask.token(asker, without)
    expect({ status, scope: body.scope }).toEqual({ status: 200, scope: undefined })
    await refused(body.access_token)
  })

  it('a client without the permission gets no token', async () => {
    expect(await ask.token(stranger, forAccess())).toMatchObject({
      status: 400,
      body: { error: 'invalid_target' },
    })
  })

  it('C-25 within a second after the permission was taken away, and 401 after the client is gone, also when there is another of its id', async () => {
    const { body } = await ask.token(passing, forAccess())
    const statuses = async () => [
      ...new Set((await everywhere(body.access_token)).map(({ status }) => status)),
    ]
    // Without a page the question suits each endpoint.
    expect(await statuses()).toEqual([200])
    const store = await storeBeside(server)
    const client = await store.clients.find(passing.clientId)
    if (!client) throw new Error('no client')
    await store.clients.replace({ ...client, metadata: { ...client.metadata, permissions: {} } })
    await expect.poll(statuses, { timeout: 1000, interval: 50 }).toEqual([403])
    await refused(body.access_token)
    await store.clients.remove(passing.clientId)
    await expect.poll(statuses, { timeout: 1000, interval: 50 }).toEqual([401])
    // The token says the second in which it was made.
    await sleep(1000)
    const anew = { ...client, metadata: { ...client.metadata, registered_at: Date.now() } }
    await store.clients.insert({ ...anew, version: 1 })
    await store.close()
    const token = async () => (await ask.token(passing, forAccess())).status
    await expect.poll(token, { timeout: 1000, interval: 50 }).toBe(200)
    expect(await statuses()).toEqual([401])
  })
})

describe('400 bad_request', () => {
  const refused = async (path: string, body: unknown, fields?: string[]): Promise<void> => {
    const answer = await service.post(path, body)
    problem(answer, 400, 'bad_request')
    const { errors = [] } = answer.body as { errors?: { field: string }[] }
    if (fields) expect(errors.map(({ field }) => field)).toEqual(fields)
  }
  const but = (members: object) => ({ ...evaluation, ...members })
  const { subject, action, resource } = evaluation

  it.each(['', '{', '{"subject":', 'nonsense', '[]', '"text"', 'null', '7', '{"a":1}{"b":2}'])(
    'for a body that is no JSON object: %j',
    async (body) => {
      for (const path of PATHS) await refused(path, body)
    },
  )

  it('for bytes that are no UTF-8', async () => {
    const body = Buffer.concat([Buffer.from('{"subject":"'), Buffer.from([0xff, 0xfe]), Buffer.from('"}')])
    const answer = await service.send('/access/v1/evaluation', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body,
    })
    problem(answer, 400, 'bad_request')
  })

  it.each<[string, object, string[]]>([
    ['subject', { action, resource }, ['subject']],
    ['action', { subject, resource }, ['action']],
    ['resource', { subject, action }, ['resource']],
    ['type of the subject', but({ subject: { id: 'reader' } }), ['subject.type']],
    ['id of the subject', but({ subject: { type: 'user' } }), ['subject.id']],
    ['name of the action', but({ action: {} }), ['action.name']],
    ['type of the resource', but({ resource: { id: RECORDS } }), ['resource.type']],
    ['id of the resource', but({ resource: { type: 'api' } }), ['resource.id']],
    ['everything', {}, ['subject', 'action', 'resource']],
  ])('for an evaluation without %s', async (_, body, fields) => {
    await refused('evaluation', body, fields)
    await refused('evaluations', body)
  })

  it.each<[string, object, string[]]>([
    ['a subject that is a text', but({ subject: 'reader' }), ['subject']],
    ['a subject that is a list', but({ subject: [user('reader')] }), ['subject']],
    ['a subject that is null', but({ subject: null }), ['subject']],
    ['an id that is a number', but({ subject: { type: 'user', id: 7 } }), ['subject.id']],
    ['an id that is an operator', but({ subject: { type: 'user', id: { $ne: null } } }), ['subject.id']],
    ['an id that is empty', but({ subject: user('') }), ['subject.id']],
    ['an id with NUL', but({ subject: user('a\0') }), ['subject.id']],
    ['an id with half a character', but({ subject: user('a\ud800') }), ['subject.id']],
    ['an id without an end', but({ subject: user('a'.repeat(1025)) }), ['subject.id']],
    ['a type that is a list', but({ resource: { type: ['api'], id: RECORDS } }), ['resource.type']],
    ['an action that is a text', but({ action: 'records:read' }), ['action']],
    ['a name that is true', but({ action: { name: true } }), ['action.name']],
    ['properties that are a list', but({ subject: user('reader', []) }), ['subject.properties']],
    [
      'properties of the action that are a text',
      but({ action: { ...read, properties: 'x' } }),
      ['action.properties'],
    ],
    ['a context that is a text', but({ context: 'here' }), ['context']],
    ['a context that is null', but({ context: null }), ['context']],
  ])('for %s', (_, body, fields) => refused('evaluation', body, fields))

  it.each<[string, object, string[]]>([
    ['evaluations that are an object', but({ evaluations: {} }), ['evaluations']],
    ['an evaluation that is a text', but({ evaluations: ['x'] }), ['evaluations.0']],
    ['a default of a wrong type', { subject: 7, evaluations: [evaluation] }, ['subject']],
    ['a member of a wrong type', but({ evaluations: [{}, { resource: 7 }] }), ['evaluations.1.resource']],
    ['a member that nothing gives', { subject, evaluations: [{ action }] }, ['evaluations.0.resource']],
    ['options that are a text', but({ evaluations: [{}], options: 'x' }), ['options']],
    [
      'a semantic that there is not',
      but({ evaluations: [{}], options: { evaluations_semantic: 'first' } }),
      ['options.evaluations_semantic'],
    ],
  ])('for %s in a batch', (_, body, fields) => refused('evaluations', body, fields))

  it.each<[string, string, object, string[]]>([
    ['subject', 'a type', { subject: {}, action, resource }, ['subject.type']],
    ['subject', 'an action', { subject, resource }, ['action']],
    ['subject', 'the id of the resource', { subject, action, resource: { type: 'api' } }, ['resource.id']],
    ['resource', 'the id of the subject', { subject: { type: 'user' }, action, resource }, ['subject.id']],
    ['resource', 'a type', { subject, action, resource: {} }, ['resource.type']],
    ['resource', 'an action', { subject, resource }, ['action']],
    ['action', 'a subject', { resource }, ['subject']],
    ['action', 'a resource', { subject }, ['resource']],
  ])('for a search of %s without %s', (path, _, body, fields) => refused(`search/${path}`, body, fields))

  it.each<[unknown, string]>([
    ['x', 'page'],
    [{ limit: -1 }, 'page.limit'],
    [{ limit: 1.5 }, 'page.limit'],
    [{ limit: '7' }, 'page.limit'],
    [{ token: 7 }, 'page.token'],
    [{ token: 'made-up' }, 'page.token'],
    [{ token: 'eyJhZnRlciI6IiJ9' }, 'page.token'],
  ])('for the page %j', async (page, field) => {
    for (const path of ['subject', 'resource', 'action'])
      await refused(`search/${path}`, but({ page }), [field])
  })
})

describe('415, 413, 405 and 404', () => {
  it.each([
    'text/plain',
    'application/x-www-form-urlencoded',
    'multipart/form-data; boundary=x',
    'application/problem+json',
    '',
  ])('415 for a body of the type %j', async (type) => {
    for (const path of PATHS)
      problem(
        await service.post(path, JSON.stringify(evaluation), { 'content-type': type }),
        415,
        'unsupported_media_type',
      )
  })

  it('415 for a packed body, and 200 for a type with a character set', async () => {
    const answer = await service.send('/access/v1/evaluation', {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        'content-encoding': 'gzip',
        authorization: `Bearer ${token}`,
      },
      body: gzipSync(JSON.stringify(evaluation)),
    })
    problem(answer, 415, 'unsupported_media_type')
    const utf8 = { 'content-type': 'application/json; charset=utf-8' }
    expect((await service.post('evaluation', evaluation, utf8)).status).toBe(200)
  })

  it('413 for a body beyond 56 KiB, announced or not', async () => {
    const large = JSON.stringify({ ...evaluation, padding: 'x'.repeat(57_344) })
    for (const path of PATHS) problem(await service.post(path, large), 413, 'too_large')
    const answer = await service.send('/access/v1/evaluation', {
      method: 'POST',
      headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
      body: Readable.toWeb(Readable.from([Buffer.from(large)])) as ReadableStream,
      duplex: 'half',
    } as RequestInit)
    problem(answer, 413, 'too_large')
  })

  it.each(['GET', 'HEAD', 'PUT', 'PATCH', 'DELETE', 'OPTIONS'])('405 for %s', async (method) => {
    for (const path of PATHS) {
      const { status, headers } = await service.send(`/access/v1/${path}`, {
        method,
        headers: { authorization: `Bearer ${token}` },
      })
      expect([status, headers.get('allow')]).toEqual([405, 'POST'])
    }
  })

  it('405 for a metadata document that somebody sends', async () => {
    const path = '/.well-known/authzen-configuration'
    const { status, headers } = await service.send(path, { method: 'POST', body: '{}' })
    expect([status, headers.get('allow')]).toEqual([405, 'GET, HEAD'])
  })

  it('X-39 404 for any other spelling of a path, and nothing gets around the token there', async () => {
    const spellings = [
      '/access/v1',
      '/access/v1/',
      '/access/v1/evaluation/',
      '/access/v1/Evaluation',
      '/ACCESS/v1/evaluation',
      '//access/v1/evaluation',
      '/access//v1/evaluation',
      '/access/v1/%65valuation',
      '/access/v1/evaluation;x=1',
      '/access/v2/evaluation',
      '/access/v1/search',
    ]
    for (const path of spellings) {
      const { statuses, text } = await wire(server, [
        `POST ${path} HTTP/1.1`,
        'Host: localhost',
        'Content-Type: application/json',
        `Authorization: Bearer ${token}`,
        'Content-Length: 0',
      ])
      expect([path, statuses]).toEqual([path, [404]])
      expect(text).not.toContain('decision')
    }
  })
})

describe('X-Request-ID', () => {
  const sent = async (id: string, path = 'evaluation') =>
    (await service.post(path, evaluation, { 'x-request-id': id })).headers.get('x-request-id')

  it('is echoed by every endpoint, also with a refusal', async () => {
    for (const path of [...PATHS, 'nowhere'])
      expect(await sent('bfe9eb29-ab87-4ca3-be83-a1d5d8305716', path)).toBe(
        'bfe9eb29-ab87-4ca3-be83-a1d5d8305716',
      )
    const unknown = accessCalls(server, undefined)
    const { status, headers } = await unknown.post('evaluation', evaluation, { 'x-request-id': 'mine' })
    expect([status, headers.get('x-request-id')]).toEqual([401, 'mine'])
  })

  it('is ours where none was sent, the same as in the problem', async () => {
    const { headers, body } = await service.post('evaluation', {})
    expect(headers.get('x-request-id')).toBe(body.request_id)
  })

  it('X-40 is one line of at most 512 characters of ASCII, and never reaches the log', async () => {
    expect(await sent('a "quoted" \\ one; x=1')).toBe('a "quoted" \\ one; x=1')
    expect(await sent('x'.repeat(512))).toBe('x'.repeat(512))
    for (const odd of ['x'.repeat(513), 'caf\u00e9', 'tab\there']) expect(await sent(odd)).not.toContain(odd)
    const { text } = await wire(server, [
      'POST /access/v1/evaluation HTTP/1.1',
      'Host: localhost',
      'X-Request-ID: canary-one\u001b[31m',
      'X-Request-ID: canary-two',
      'Content-Length: 0',
    ])
    expect(text).not.toContain('\u001b')
    await sent('canary-three')
    await service.post('evaluation', { ...evaluation, subject: user('canary-four\r\n{"level":"info"}') })
    for (const line of server
      .output()
      .split('\n')
      .filter((line) => line.startsWith('{')))
      JSON.parse(line)
    expect(server.output()).not.toContain('canary')
    expect(server.output()).not.toContain(token)
  })
})
