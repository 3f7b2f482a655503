import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parallel } from '../contract/open-for-test.ts'
import { callsOf, codesOf, OpenApiDocument, openApiFaults } from '../support/openapi.ts'
import type { RunningServer } from '../support/server.ts'
import {
  type AccessCalls,
  type Answer,
  accessCalls,
  api,
  asker,
  people,
  read,
  record,
  startSubject,
  user,
  write,
} from './authzen-subject.ts'
import { storeBeside } from './beside.ts'
import { calls } from './calls.ts'

let server: RunningServer
let service: AccessCalls

beforeAll(async () => {
  server = await startSubject()
  const { body } = await calls(server).token(asker, {
    grant_type: 'client_credentials',
    resource: `${server.issuer}/access`,
    scope: 'access:evaluate',
  })
  service = accessCalls(server, body.access_token)
})
afterAll(() => server?.stop())

interface Found {
  page: { next_token: string; count: number }
  context?: object
  results: { id?: string; name?: string; type?: string }[]
}
const found = ({ status, body }: Answer): Found => {
  expect(status).toBe(200)
  return body as unknown as Found
}
const searched = async (kind: string, body: object): Promise<Found> =>
  found(await service.post(`search/${kind}`, body))
const keysOf = ({ results }: Found): (string | undefined)[] => results.map(({ id, name }) => id ?? name)

/** All that the pages bring, and how long they were. */
const pages = async (kind: string, body: object, limit: number) => {
  const keys: (string | undefined)[] = []
  const lengths: number[] = []
  for (let token = ''; ; ) {
    const present = await searched(kind, { ...body, page: token === '' ? { limit } : { token } })
    keys.push(...keysOf(present))
    lengths.push(present.results.length)
    expect(present.page.count).toBe(present.results.length)
    token = present.page.next_token
    if (token === '') return { keys, lengths }
  }
}

const users = { subject: { type: 'user' } }
const everybody = { ...users, action: read, resource: api() }

describe('POST /access/v1/search/subject', () => {
  it('finds who may do something to an API as a whole, the page first', async () => {
    const answer = await searched('subject', everybody)
    expect(answer).toEqual({
      page: { next_token: '', count: 3 },
      results: ['reader', 'unverified', 'writer'].map((id) => ({ type: 'user', id })),
    })
    expect(Object.keys(answer)).toEqual(['page', 'results'])
  })

  it('finds who may do something to one thing, by narrowed roles and by conditions', async () => {
    const whoMay = async (action: object, resource: object) =>
      keysOf(await searched('subject', { ...users, action, resource }))
    expect(await whoMay(read, record('record-1'))).toEqual(['one', 'reader', 'unverified', 'writer'])
    expect(await whoMay(write, record('record-2'))).toEqual(['one', 'writer'])
    const owned = { owner: 'owner', archived: false }
    expect(await whoMay(write, record('record-7', owned))).toEqual(['owner', 'writer'])
    expect(await whoMay(write, record('record-7', { ...owned, archived: true }))).toEqual(['writer'])
  })

  it('finds clients by their own permissions and roles', async () => {
    const clients = async (action: object, resource: object) =>
      keysOf(await searched('subject', { subject: { type: 'client' }, action, resource }))
    expect(await clients(read, api())).toEqual(['robot', 'stranger'])
    expect(await clients(write, record('record-2'))).toEqual(['robot'])
    expect(await clients(write, record('record-1'))).toEqual([])
  })

  it('overlooks the id of the subject, whatever it is, and finds nobody of another type', async () => {
    for (const id of ['nobody', 7, null, { $ne: 1 }])
      expect(keysOf(await searched('subject', { ...everybody, subject: { type: 'user', id } }))).toHaveLength(
        3,
      )
    for (const type of ['group', 'User', '__proto__'])
      expect(await searched('subject', { ...everybody, subject: { type } })).toEqual({
        page: { next_token: '', count: 0 },
        results: [],
      })
    expect(
      keysOf(await searched('subject', { ...users, action: { name: 'burn' }, resource: api() })),
    ).toEqual([])
    expect(keysOf(await searched('subject', { ...users, action: read, resource: api('x') }))).toEqual([])
  })

  it('brings a crowd page by page, each once, and every one of them is allowed', async () => {
    const store = await storeBeside(server)
    const reader = await store.accounts.find('reader')
    if (!reader) throw new Error('no account')
    const subs = Array.from({ length: 230 }, (_, n) => `crowd-${String(n).padStart(3, '0')}`)
    for (let at = 0; at < subs.length; at += 23)
      await parallel(23, async (n) => {
        const sub = subs[at + n] ?? ''
        const email = `${sub}@example.com`
        await store.accounts.insert({
          ...reader,
          sub,
          email,
          emailKey: email,
          disabled: n % 2 === 1,
          version: 1,
        })
      })
    await store.close()
    const allowed = subs.filter((_, at) => (at % 23) % 2 === 0)
    const expected = [...allowed, 'reader', 'unverified', 'writer']
    for (const limit of [7, 50, 100])
      expect((await pages('subject', everybody, limit)).keys).toEqual(expected)
    expect((await pages('subject', everybody, 100_000)).lengths).toEqual([100, expected.length - 100])
    const evaluations = expected.slice(0, 100).map((id) => ({ subject: user(id) }))
    const { body } = await service.post('evaluations', { action: read, resource: api(), evaluations })
    expect(body.evaluations).toEqual(evaluations.map(() => ({ decision: true })))
  })

  it('takes a token for the search alone from which it comes, in any order of the members', async () => {
    const first = await searched('subject', { ...everybody, page: { limit: 2 } })
    const token = first.page.next_token
    const { resource, action, subject } = everybody
    const next = { resource: { id: resource.id, type: 'api' }, subject, action, page: { token, limit: 2 } }
    expect((await searched('subject', next)).results).toHaveLength(2)
    const others = [
      { ...everybody, action: write },
      { ...everybody, resource: record('record-1') },
      { ...everybody, subject: { type: 'client' } },
      { ...everybody, context: { network: 'office' } },
      { ...everybody, subject: { type: 'user', properties: { department: 'Sales' } } },
    ]
    for (const other of others)
      expect((await service.post('search/subject', { ...other, page: { token } })).status).toBe(400)
    expect((await service.post('search/subject', { ...everybody, page: { token, limit: 3 } })).status).toBe(
      400,
    )
    expect(
      (await service.post('search/action', { ...everybody, subject: user('one'), page: { token } })).status,
    ).toBe(400)
  })

  it('brings nothing for a limit of none, and tells that there is more', async () => {
    const { page, results } = await searched('subject', { ...everybody, page: { limit: 0 } })
    expect([results, page.count, page.next_token === '']).toEqual([[], 0, false])
  })
})

describe('POST /access/v1/search/resource', () => {
  const open = (subject: object, action: object, properties?: object) => ({
    subject,
    action,
    resource: { type: 'record', ...(properties && { properties }) },
  })

  it('finds the things that the subject was given one by one', async () => {
    expect(await searched('resource', open(user('one'), read))).toEqual({
      page: { next_token: '', count: 2 },
      context: { all_of_type: false },
      results: [record('record-1'), record('record-2')],
    })
    expect(keysOf(await searched('resource', open(user('one'), write)))).toEqual(['record-2'])
    expect(keysOf(await searched('resource', open({ type: 'client', id: 'robot' }, write)))).toEqual([
      'record-2',
    ])
    expect(keysOf(await searched('resource', open(user(people.one), read)))).toEqual(['record-1', 'record-2'])
  })

  it('tells that any thing of the type is allowed, which nobody can list', async () => {
    const answer = async (...of: Parameters<typeof open>) => {
      const { context, results } = await searched('resource', open(...of))
      return { context, results }
    }
    const [all, none] = [true, false].map((all_of_type) => ({ context: { all_of_type }, results: [] }))
    expect(await answer(user('reader'), read)).toEqual(all)
    expect(await answer(user('owner'), write)).toEqual(none)
    expect(await answer(user('owner'), write, { owner: 'owner', archived: false })).toEqual(all)
    expect(await answer(user('nobody'), read)).toEqual(none)
    expect(await answer(user(people.unverified), read)).toEqual(none)
  })

  it('finds the APIs as wholes', async () => {
    const resource = { type: 'api', id: 'overlooked' }
    const apis = (subject: object, action: object) => searched('resource', { subject, action, resource })
    expect(await apis(user('writer'), write)).toMatchObject({
      context: { all_of_type: false },
      results: [api()],
    })
    expect(await apis(user('one'), read)).toMatchObject({ results: [] })
    expect(keysOf(await apis({ type: 'client', id: 'asker' }, { name: 'access:evaluate' }))).toEqual([
      `${server.issuer}/access`,
    ])
  })

  it('brings them page by page', async () => {
    expect(await pages('resource', open(user('one'), read), 1)).toEqual({
      keys: ['record-1', 'record-2'],
      lengths: [1, 1],
    })
  })
})

describe('POST /access/v1/search/action', () => {
  const actions = async (subject: object, resource: object) =>
    keysOf(await searched('action', { subject, resource }))

  it('finds what a subject may do, in order of the names', async () => {
    expect(await searched('action', { subject: user('writer'), resource: api() })).toEqual({
      page: { next_token: '', count: 2 },
      results: [{ name: 'records:read' }, { name: 'records:write' }],
    })
    expect(await actions(user('one'), record('record-1'))).toEqual(['records:read'])
    expect(await actions(user('one'), record('record-2'))).toEqual(['records:read', 'records:write'])
    expect(await actions(user('one'), api())).toEqual([])
    expect(await actions({ type: 'client', id: 'robot' }, api())).toEqual(['records:read'])
    const owned = record('record-7', { owner: 'owner', archived: false })
    expect(await actions(user('owner'), owned)).toEqual(['records:read', 'records:write'])
  })

  it('finds nothing for what is not there', async () => {
    expect(await actions(user('nowhere'), api())).toEqual([])
    expect(await actions(user('writer'), api('https://nowhere.example/'))).toEqual([])
    expect(await actions(user('writer'), { type: 'page', id: '1' })).toEqual([])
  })

  it('brings them page by page', async () => {
    const body = { subject: user('writer'), resource: api() }
    expect(await pages('action', body, 1)).toEqual({
      keys: ['records:read', 'records:write'],
      lengths: [1, 1],
    })
  })
})

describe('what the server tells of it', () => {
  it('is the metadata document, from which a service finds every endpoint', async () => {
    const answer = await service.send('/.well-known/authzen-configuration', {})
    expect(answer.status).toBe(200)
    expect(answer.headers.get('content-type')).toMatch(/^application\/json/)
    expect(answer.headers.get('cache-control')).toBe('public, max-age=600')
    const { policy_decision_point, ...endpoints } = answer.body
    expect(policy_decision_point).toBe(server.issuer)
    expect(Object.keys(endpoints)).toEqual([
      'access_evaluation_endpoint',
      'access_evaluations_endpoint',
      'search_subject_endpoint',
      'search_resource_endpoint',
      'search_action_endpoint',
    ])
    for (const url of Object.values(endpoints)) {
      expect(String(url)).toMatch(new RegExp(`^${server.issuer}/access/v1/`))
      expect((await fetch(String(url), { method: 'POST' })).status).toBe(401)
    }
    const head = await service.send('/.well-known/authzen-configuration', { method: 'HEAD' })
    expect(head.status).toBe(200)
  })

  it('is an OpenAPI document with every endpoint and all that it may answer', async () => {
    const { status, body } = await service.send('/access/openapi.json', {})
    expect(status).toBe(200)
    const document = OpenApiDocument.parse(body)
    expect(openApiFaults(document)).toEqual([])
    const told = callsOf(document)
    expect(told.map(({ method, path }) => `${method} ${path}`)).toEqual([
      'POST /access/v1/evaluation',
      'POST /access/v1/evaluations',
      'POST /access/v1/search/subject',
      'POST /access/v1/search/resource',
      'POST /access/v1/search/action',
    ])
    for (const { operation } of told)
      expect(Object.values(codesOf(operation)).flat().toSorted()).toEqual([
        'bad_request',
        'busy',
        'insufficient_scope',
        'internal',
        'invalid_token',
        'store_unavailable',
        'too_large',
        'unsupported_media_type',
      ])
    expect(JSON.stringify(document)).toContain(`"url":"${server.issuer}"`)
  })
})
