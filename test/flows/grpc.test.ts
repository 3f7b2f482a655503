import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { relyingParty } from '../support/relying-party.ts'
import {
  accessCalls,
  api,
  asker,
  bound,
  passing,
  people,
  portal,
  RECORDS,
  read,
  record,
  stranger,
  user,
  write,
} from './authzen-subject.ts'
import { storeBeside } from './beside.ts'
import { calls } from './calls.ts'
import { type GrpcSubject, kim, payroll, startSubject, struct } from './grpc-subject.ts'
import { createHolder } from './proofs.ts'

const EVALUATE = 'gatehouse.v1.Access/Evaluate'
const BATCH = 'gatehouse.v1.Access/EvaluateBatch'

let at: GrpcSubject
let token: string
beforeAll(async () => {
  at = await startSubject()
  token = await at.tokenOf(asker, 'access', 'access:evaluate')
})
afterAll(() => at?.stop())

const forAccess = () => ({
  grant_type: 'client_credentials',
  resource: `${at.server.issuer}/access`,
  scope: 'access:evaluate',
})

interface Entity {
  type: string
  id: string
  properties?: object
}
interface Evaluation {
  subject: Entity
  action: { name: string }
  resource: Entity
  context?: object
}

/** The same in messages. */
const message = ({ subject, action, resource, context }: Evaluation) => ({
  subject: { ...subject, ...(subject.properties && { properties: struct(subject.properties) }) },
  action,
  resource: { ...resource, ...(resource.properties && { properties: struct(resource.properties) }) },
  ...(context && { context: struct(context) }),
})

describe('Evaluate', () => {
  const evaluations: [string, Evaluation, boolean][] = [
    ['an API as a whole', { subject: user('reader'), action: read, resource: api() }, true],
    ['what nobody gave', { subject: user('reader'), action: write, resource: api() }, false],
    ['an included role', { subject: user('writer'), action: read, resource: api() }, true],
    ['a verified address', { subject: user(people.writer), action: write, resource: api() }, true],
    [
      'an address that is not verified',
      { subject: user(people.unverified), action: read, resource: api() },
      false,
    ],
    ['one thing', { subject: user('one'), action: write, resource: record('record-2') }, true],
    ['another thing', { subject: user('one'), action: write, resource: record('record-1') }, false],
    [
      'an own record',
      { subject: user('owner'), action: write, resource: record('r', { owner: 'owner', archived: false }) },
      true,
    ],
    [
      'an archived one',
      { subject: user('owner'), action: write, resource: record('r', { owner: 'owner', archived: true }) },
      false,
    ],
    [
      'a subject that calls itself somebody else',
      {
        subject: user('owner', { id: 'noa' }),
        action: write,
        resource: record('r', { owner: 'noa', archived: false }),
      },
      false,
    ],
    [
      'a property that no condition can read',
      {
        subject: user('owner'),
        action: write,
        resource: record('r', { owner: { id: 'owner' }, archived: null }),
      },
      false,
    ],
    ['an assignment that is over', { subject: user('late'), action: read, resource: api() }, false],
    ['a client', { subject: { type: 'client', id: 'robot' }, action: read, resource: api() }, true],
    ['a subject that is not there', { subject: user('nobody-at-all'), action: read, resource: api() }, false],
    [
      'an API that is not there',
      { subject: user('reader'), action: read, resource: api('https://no.example') },
      false,
    ],
    [
      'a type that is not there',
      { subject: { type: 'group', id: 'x' }, action: read, resource: api() },
      false,
    ],
  ]

  it.each(evaluations)('decides about %s, as HTTP does', async (_, evaluation, decision) => {
    const answer = await at.call(EVALUATE, message(evaluation), { token })
    expect([answer.code, answer.body]).toEqual(['OK', { decision }])
    expect(await accessCalls(at.server, token).decide(evaluation)).toBe(decision)
  })
})

describe('EvaluateBatch', () => {
  const evaluations = [
    { subject: user('reader') },
    { subject: user('nobody') },
    { subject: user('writer'), action: write },
  ]
  const batch = async (semantic?: string) => {
    const { body } = await at.call(
      BATCH,
      { action: read, resource: api(), evaluations, ...(semantic && { evaluations_semantic: semantic }) },
      { token },
    )
    return body.evaluations
  }
  const [granted, denied] = [{ decision: true }, { decision: false }]

  it('decides all in their order, with what they have in common', async () => {
    expect(await batch()).toEqual([granted, denied, granted])
    expect(await batch('EVALUATIONS_SEMANTIC_EXECUTE_ALL')).toEqual([granted, denied, granted])
  })

  it('ends with the first denial, or with the first permission, where that is asked for', async () => {
    expect(await batch('EVALUATIONS_SEMANTIC_DENY_ON_FIRST_DENY')).toEqual([granted, denied])
    expect(await batch('EVALUATIONS_SEMANTIC_PERMIT_ON_FIRST_PERMIT')).toEqual([granted])
  })
})

describe('who may ask', () => {
  const ask = (options: Parameters<GrpcSubject['call']>[2]) =>
    at.call(EVALUATE, message({ subject: user('reader'), action: read, resource: api() }), options)
  const codeOf = async (presented?: string): Promise<string> =>
    (await ask(presented === undefined ? {} : { token: presented })).code

  it('nobody without a token, with a bad one, or with one in another form', async () => {
    const forms = [`Basic ${token}`, token, 'Bearer', `Bearer ${token} ${token}`]
    for (const authorization of forms)
      expect([authorization, (await ask({ metadata: { authorization } })).code]).toEqual([
        authorization,
        'UNAUTHENTICATED',
      ])
    for (const bad of [
      undefined,
      'made-up',
      token.slice(0, -3),
      `${token.split('.').slice(0, 2).join('.')}.`,
    ])
      expect(await codeOf(bad)).toBe('UNAUTHENTICATED')
  })

  it('nobody with a token for another audience', async () => {
    expect(await codeOf(await at.tokenOf(payroll, 'admin', 'accounts:read'))).toBe('UNAUTHENTICATED')
    const { body } = await calls(at.server).token(stranger, {
      grant_type: 'client_credentials',
      resource: RECORDS,
      scope: 'records:read',
    })
    expect(await codeOf(body.access_token)).toBe('UNAUTHENTICATED')
  })

  it('nobody who has signed in, be it with an access token or an ID token', async () => {
    const party = await relyingParty(at.server.issuer, portal)
    const person = { login: people.insider, password: kim.password }
    const tokens = await party.signIn(createAgent(), person, {
      scope: 'openid access:evaluate',
      resource: `${at.server.issuer}/access`,
    })
    for (const presented of [tokens.access_token, tokens.id_token])
      expect(await codeOf(presented)).toBe('UNAUTHENTICATED')
  })

  it('N-08 not with a token that is bound to a key', async () => {
    const holder = await createHolder()
    const dpop = await holder.prove({ htm: 'POST', htu: `${at.server.issuer}/oauth2/token` })
    const { body } = await calls(at.server).token(bound, forAccess(), { dpop })
    expect(body.token_type).toBe('DPoP')
    expect(await codeOf(body.access_token)).toBe('UNAUTHENTICATED')
  })

  it('not with a token that has no scope', async () => {
    const { body } = await calls(at.server).token(asker, { ...forAccess(), scope: '' })
    expect(body.scope).toBeUndefined()
    expect(await codeOf(body.access_token)).toBe('PERMISSION_DENIED')
  })

  it('C-25 not within a second after the permission was taken away, nor after the client is gone', async () => {
    const held = await at.tokenOf(passing, 'access', 'access:evaluate')
    const codes = async () => [...new Set(await Promise.all(at.clients.map(() => codeOf(held))))]
    expect(await codes()).toEqual(['OK'])
    const store = await storeBeside(at.server)
    const client = await store.clients.find(passing.clientId)
    if (!client) throw new Error('no client')
    await store.clients.replace({ ...client, metadata: { ...client.metadata, permissions: {} } })
    await expect.poll(codes, { timeout: 1000, interval: 50 }).toEqual(['PERMISSION_DENIED'])
    await store.clients.remove(passing.clientId)
    await store.close()
    await expect.poll(codes, { timeout: 1000, interval: 50 }).toEqual(['UNAUTHENTICATED'])
  })
})

it('shows a role that was taken away in every process within a second', async () => {
  const ask = () =>
    at.call(EVALUATE, message({ subject: user('reader'), action: read, resource: api() }), { token })
  const seen = async () => [
    ...new Set((await Promise.all(at.clients.map(ask))).map(({ body }) => body.decision)),
  ]
  expect(await seen()).toEqual([true])
  const store = await storeBeside(at.server)
  const account = await store.accounts.find('reader')
  if (!account) throw new Error('no account')
  await store.accounts.replace({ ...account, roles: [] })
  await store.close()
  await expect.poll(seen, { timeout: 1000, interval: 50 }).toEqual([false])
})
