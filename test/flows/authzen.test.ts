import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from '../support/server.ts'
import {
  type AccessCalls,
  accessCalls,
  api,
  asker,
  people,
  RECORDS,
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

const decide = (subject: object, action: object, resource: object, context?: object): Promise<unknown> =>
  service.decide({ subject, action, resource, ...(context && { context }) })

describe('POST /access/v1/evaluation', () => {
  it('answers a decision alone, as JSON that nobody keeps', async () => {
    const { status, headers, body } = await service.post('evaluation', {
      subject: user('reader'),
      action: read,
      resource: api(),
    })
    expect({ status, body }).toEqual({ status: 200, body: { decision: true } })
    expect(headers.get('content-type')).toMatch(/^application\/json/)
    expect(headers.get('cache-control')).toBe('no-store')
  })

  it('decides about an API as a whole by what is narrowed to nothing', async () => {
    expect(await decide(user('reader'), read, api())).toBe(true)
    expect(await decide(user('reader'), write, api())).toBe(false)
    expect(await decide(user('writer'), read, api())).toBe(true)
    for (const sub of ['one', 'owner', 'late', 'nobody'])
      expect([sub, await decide(user(sub), read, api())]).toEqual([sub, false])
  })

  it('decides about one thing of a declared type', async () => {
    expect(await decide(user('reader'), read, record('record-9'))).toBe(true)
    expect(await decide(user('one'), read, record('record-1'))).toBe(true)
    expect(await decide(user('one'), write, record('record-1'))).toBe(false)
    expect(await decide(user('one'), write, record('record-2'))).toBe(true)
    expect(await decide(user('one'), read, record('record-3'))).toBe(false)
  })

  it('lets owners edit their own record, and nobody an archived one', async () => {
    const edit = (properties: object | undefined) =>
      decide(user('owner'), write, record('record-7', properties))
    expect(await edit({ owner: 'owner', archived: false })).toBe(true)
    expect(await edit({ owner: 'reader', archived: false })).toBe(false)
    expect(await edit({ owner: 'owner', archived: true })).toBe(false)
    // What is not known grants nothing.
    expect(await edit({ owner: 'owner' })).toBe(false)
    expect(await edit(undefined)).toBe(false)
  })

  it('knows a person by sub, and by an address that was proved, in any spelling', async () => {
    expect(await decide(user(people.reader), read, api())).toBe(true)
    expect(await decide(user('KIM@Example.COM'), read, api())).toBe(true)
    const owned = record('record-7', { owner: 'owner', archived: false })
    expect(await decide(user(people.owner), write, owned)).toBe(true)
  })

  it('knows nobody by an address that was not proved, and the same person by sub', async () => {
    expect(await decide(user(people.unverified), read, api())).toBe(false)
    expect(await decide(user('unverified'), read, api())).toBe(true)
  })

  it('decides about a client by its own permissions and its roles', async () => {
    const robot = { type: 'client', id: 'robot' }
    expect(await decide(robot, read, api())).toBe(true)
    expect(await decide(robot, write, api())).toBe(false)
    expect(await decide(robot, write, record('record-2'))).toBe(true)
    expect(await decide(robot, write, record('record-1'))).toBe(false)
    expect(
      await decide(
        { type: 'client', id: 'asker' },
        { name: 'access:evaluate' },
        api(`${server.issuer}/access`),
      ),
    ).toBe(true)
  })

  it.each<[string, object, object, object]>([
    ['user', user('nowhere'), read, api()],
    ['address', user('nowhere@example.com'), read, api()],
    ['client', { type: 'client', id: 'nowhere' }, read, api()],
    ['type of subject', { type: 'group', id: 'reader' }, read, api()],
    ['user with the id of a client', user('robot'), read, api()],
    ['client with the sub of a user', { type: 'client', id: 'reader' }, read, api()],
    ['action', user('writer'), { name: 'records:burn' }, api()],
    ['API', user('writer'), read, api('https://nowhere.example/')],
    ['alias of an API', { type: 'client', id: 'asker' }, { name: 'access:evaluate' }, api('@access')],
    ['type of resource', user('writer'), read, { type: 'page', id: '1' }],
  ])('denies an unknown %s, with 200', async (_, subject, action, resource) => {
    const { status, body } = await service.post('evaluation', { subject, action, resource })
    expect({ status, body }).toEqual({ status: 200, body: { decision: false } })
  })

  it('never believes a caller about the id, type or address of an entity', async () => {
    const lie = { id: 'reader', type: 'user', email: people.reader }
    const owned = record('record-7', { owner: 'reader', archived: false })
    expect(await decide(user('owner', lie), write, owned)).toBe(false)
    expect(await decide(user('one'), read, record('record-3', { id: 'record-1', type: 'record' }))).toBe(
      false,
    )
  })

  it('C-33 X-20 takes names of prototypes and operators for names that nobody has', async () => {
    const odd = [
      '__proto__',
      'constructor',
      'prototype',
      'hasOwnProperty',
      'toString',
      '$ne',
      '$where',
      'a.b',
      '*',
    ]
    for (const name of odd) {
      expect([name, await decide(user(name), read, api())]).toEqual([name, false])
      expect([name, await decide({ type: name, id: 'reader' }, read, api())]).toEqual([name, false])
      expect([name, await decide(user('writer'), { name }, api())]).toEqual([name, false])
      expect([name, await decide(user('writer'), read, { type: name, id: RECORDS })]).toEqual([name, false])
      expect([name, await decide(user('writer'), read, api(name))]).toEqual([name, false])
    }
    const poisoned =
      '{"subject":{"type":"user","id":"owner","properties":{"__proto__":{"id":"x"},"constructor":{"prototype":{"archived":false}}}},' +
      '"action":{"name":"records:write"},"__proto__":{"decision":true},' +
      '"resource":{"type":"record","id":"record-7","properties":{"__proto__":{"owner":"owner","archived":false}}},' +
      '"context":{"__proto__":{"polluted":true}}}'
    const { status, body } = await service.post('evaluation', poisoned)
    expect({ status, body }).toEqual({ status: 200, body: { decision: false } })
    expect(({} as Record<string, unknown>).polluted).toBeUndefined()
    expect(await decide(user('reader'), read, api())).toBe(true)
  })

  it('reads scalars and lists of them, and overlooks any other property', async () => {
    const owned = (owner: unknown) => record('record-7', { owner, archived: false })
    for (const owner of [['owner'], { $eq: 'owner' }, { toString: 'owner' }, null, 7])
      expect([owner, await decide(user('owner'), write, owned(owner))]).toEqual([owner, false])
    const deep = `${'['.repeat(20_000)}${']'.repeat(20_000)}`
    const { status, body } = await service.post(
      'evaluation',
      `{"subject":{"type":"user","id":"reader","properties":{"deep":${deep}}},"action":{"name":"records:read"},"resource":{"type":"api","id":"${RECORDS}"}}`,
    )
    expect({ status, body }).toEqual({ status: 200, body: { decision: true } })
  })

  it('overlooks members that it does not know, wherever they are', async () => {
    const more = { extra: { nested: [1] } }
    const evaluation = {
      ...more,
      subject: { ...user('reader', { department: 'Sales' }), ...more },
      action: { ...read, properties: { method: 'GET' }, ...more },
      resource: { ...api(), ...more },
      context: { time: '2026-01-01T00:00Z', schema: more },
      options: 7,
      page: 7,
    }
    expect(await service.decide(evaluation)).toBe(true)
  })
})

describe('POST /access/v1/evaluations', () => {
  const about = (...ids: string[]) => ids.map((id) => ({ resource: record(id) }))
  const batch = (body: object) => service.post('evaluations', body)
  const decisionsOf = async (body: object): Promise<unknown> => {
    const answer = await batch(body)
    expect(answer.status).toBe(200)
    expect(Object.keys(answer.body)).toEqual(['evaluations'])
    return answer.body.evaluations
  }
  const [yes, no] = [{ decision: true }, { decision: false }]
  const one = { subject: user('one'), action: read }

  it('decides each, in the order in which they came', async () => {
    expect(await decisionsOf({ ...one, evaluations: about('record-1', 'record-3', 'record-2') })).toEqual([
      yes,
      no,
      yes,
    ])
  })

  it('takes the members beside them as defaults, which an evaluation overrides as a whole', async () => {
    const decisions = await decisionsOf({
      ...one,
      resource: record('record-7', { owner: 'owner', archived: false }),
      context: { place: 'here' },
      evaluations: [
        {},
        { resource: record('record-1') },
        { action: write, resource: record('record-1') },
        { subject: user('owner'), action: write },
        // Properties are not merged: this one has no owner.
        { subject: user('owner'), action: write, resource: record('record-7') },
        { subject: user('reader'), context: {} },
      ],
    })
    expect(decisions).toEqual([no, yes, no, yes, no, yes])
  })

  it('needs no defaults where each has everything', async () => {
    const evaluations = [
      { subject: user('reader'), action: read, resource: api() },
      { subject: { type: 'client', id: 'robot' }, action: write, resource: record('record-2') },
    ]
    expect(await decisionsOf({ evaluations })).toEqual([yes, yes])
  })

  it.each([
    ['execute_all', ['record-1', 'record-3', 'record-2'], [yes, no, yes]],
    ['deny_on_first_deny', ['record-1', 'record-3', 'record-2'], [yes, no]],
    ['deny_on_first_deny', ['record-1', 'record-2'], [yes, yes]],
    ['permit_on_first_permit', ['record-3', 'record-1', 'record-2'], [no, yes]],
    ['permit_on_first_permit', ['record-3', 'record-4'], [no, no]],
  ])('%s of %j', async (evaluations_semantic, ids, decisions) => {
    const options = { evaluations_semantic, another_option: 'value' }
    expect(await decisionsOf({ ...one, evaluations: about(...ids), options })).toEqual(decisions)
  })

  it('executes all where options do not say', async () => {
    const evaluations = about('record-3', 'record-1')
    expect(await decisionsOf({ ...one, evaluations, options: {} })).toEqual([no, yes])
  })

  it.each([{}, { evaluations: [] }])('is a single evaluation with %j', async (more) => {
    const { status, body } = await batch({ ...one, resource: record('record-1'), ...more })
    expect({ status, body }).toEqual({ status: 200, body: yes })
  })

  it('decides a hundred at once, and refuses more', async () => {
    const ids = Array.from({ length: 100 }, (_, n) => `record-${n}`)
    const expected = ids.map((_, n) => ({ decision: n === 1 || n === 2 }))
    expect(await decisionsOf({ ...one, evaluations: about(...ids) })).toEqual(expected)
    expect((await batch({ ...one, evaluations: about(...ids, 'record-100') })).status).toBe(400)
  })
})

describe('freshness', () => {
  it('a role taken away and given back is seen by every process within a second', async () => {
    const store = await storeBeside(server)
    const account = await store.accounts.find('reader')
    if (!account) throw new Error('no account')
    const seen = async () =>
      new Set(await Promise.all(Array.from({ length: 6 }, () => decide(user('reader'), read, api()))))
    expect(await seen()).toEqual(new Set([true]))
    await store.accounts.replace({ ...account, roles: [] })
    await expect.poll(seen, { timeout: 1000, interval: 50 }).toEqual(new Set([false]))
    await store.accounts.replace({ ...account, version: account.version + 1 })
    await expect.poll(seen, { timeout: 1000, interval: 50 }).toEqual(new Set([true]))
    await store.close()
  })
})
