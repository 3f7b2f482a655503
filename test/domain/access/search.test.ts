import fc from 'fast-check'
import { describe, expect, it } from 'vitest'
import type { Condition } from '../../../src/domain/access/condition.ts'
import type { ClientRights } from '../../../src/domain/access/decision.ts'
import type { Entity, Inquiry } from '../../../src/domain/access/inquiry.ts'
import type { Account, Assignment } from '../../../src/domain/ports.ts'
import { account } from '../../contract/open-for-test.ts'
import { ADMIN, allPages, arrange, NOW, RECORDS } from './arrange-search.ts'

const SUBS = ['a', 'b', 'c', 'd', 'e', 'f']
const CLIENTS = ['p', 'q', 'r']
const THINGS = ['1', '2', '3']
const NAMED = [...THINGS, 'fresh']

const conditions: Condition[] = [
  { equal: [{ resource: 'owner' }, { subject: 'id' }] },
  { not: { equal: [{ resource: 'archived' }, { value: true }] } },
  { in: [{ subject: 'email' }, { resource: 'readers' }] },
  { not: { equal: [{ resource: 'id' }, { value: '2' }] } },
  { equal: [{ context: 'network' }, { value: 'office' }] },
]

const rarely = fc.nat(5).map((n) => n === 0)
const roleId = fc.constantFrom('reader', 'writer', 'chief', 'clerk', 'gone')
const on = fc.record({ type: fc.constantFrom('record', 'record', 'page'), id: fc.constantFrom(...THINGS) })
const until = fc.constantFrom(NOW, NOW + 1, NOW + 2)
const when = fc.constantFrom(...conditions)
const assignments: fc.Arbitrary<Assignment[]> = fc.array(
  fc.oneof(
    fc.record({ roleId }),
    fc.record({ roleId, on }),
    fc.record({ roleId, when }),
    fc.record({ roleId, on, until, when }, { requiredKeys: ['roleId'] }),
  ),
  { maxLength: 4 },
)

const people = fc.record({
  accounts: fc
    .tuple(...SUBS.map((sub) => fc.tuple(assignments, rarely, fc.boolean()).map(given(sub))))
    .map((accounts) => accounts.flat()),
  admins: fc.subarray([...SUBS, 'removed']),
  clients: fc
    .tuple(...CLIENTS.map((id) => fc.tuple(fc.constant(id), assignments, fc.boolean(), fc.boolean())))
    .map((all) => new Map(all.map(([id, has, isMachine, mayRead]) => [id, client(has, isMachine, mayRead)]))),
})

function given(sub: string) {
  return ([roles, disabled, emailVerified]: [Assignment[], boolean, boolean]): Account =>
    account(sub, { roles, disabled, emailVerified })
}

const client = (has: Assignment[], isMachine: boolean, mayRead: boolean): ClientRights => ({
  grantTypes: isMachine ? ['client_credentials'] : ['authorization_code'],
  permissions: mayRead ? { [RECORDS]: ['read'] } : {},
  ownPermissions: {},
  assignments: has,
})

const wanted = fc.record({
  action: fc.constantFrom('read', 'read', 'write', 'burn', 'none', 'accounts:read'),
  resource: fc.record({
    type: fc.constantFrom('api', 'record', 'record', 'page', 'ghost'),
    owner: fc.constantFrom(...SUBS, ...CLIENTS),
    archived: fc.constantFrom(true, false, undefined),
  }),
  api: fc.constantFrom(RECORDS, ADMIN, 'https://nowhere.example/'),
  thing: fc.constantFrom(...NAMED),
  office: fc.boolean(),
})
const asked = wanted.map(({ action, resource: { type, ...properties }, api, thing, office }) => ({
  action,
  resource: {
    type,
    id: type === 'api' ? api : thing,
    properties: { ...properties, readers: ['a@Example.com', 'c@Example.com'] },
  },
  context: office ? { network: 'office' } : {},
}))
const limits = fc.integer({ min: 1, max: 4 })

const who = (type: string, id: string, properties: Entity['properties'] = {}): Entity => ({
  type,
  id,
  properties,
})

/** Of several inquiries, those that the decision allows. */
const allowedOf = async <Key>(
  evaluate: (inquiries: Inquiry[]) => Promise<boolean[]>,
  keys: readonly Key[],
  inquiry: (key: Key) => Inquiry,
): Promise<Key[]> => {
  const decisions = await evaluate(keys.map(inquiry))
  return keys.filter((_, at) => decisions[at])
}

describe('a search finds exactly what the decision allows, in order and once', () => {
  it.each([
    ['user', SUBS],
    ['client', CLIENTS],
  ])('for subjects of type %s', async (type, ids) => {
    let met = 0
    await fc.assert(
      fc.asyncProperty(people, asked, limits, async (present, question, limit) => {
        const { evaluate, search } = await arrange(present)
        const { found } = await allPages(
          (page) => search.subjects({ ...question, subject: { type, properties: {} } }, page),
          limit,
        )
        met += found.length
        expect(found).toEqual(
          await allowedOf(evaluate, ids, (id) => ({ ...question, subject: who(type, id) })),
        )
      }),
      { numRuns: 2000 },
    )
    expect(met).toBeGreaterThan(50)
  })

  const subjects = fc.oneof(
    fc.constantFrom(...SUBS).map((id) => who('user', id)),
    fc.constantFrom(...CLIENTS).map((id) => who('client', id)),
  )

  it('for resources, with word of what nobody can list', async () => {
    let met = 0
    await fc.assert(
      fc.asyncProperty(people, asked, subjects, limits, async (present, question, subject, limit) => {
        const { evaluate, search } = await arrange(present)
        const { type, properties } = question.resource
        const open = { ...question, subject, resource: { type, properties } }
        const { found } = await allPages((page) => search.resources(open, page), limit)
        const { everyThing } = await search.resources(open, { after: '', limit })
        const ids = type === 'api' ? [ADMIN, RECORDS, 'https://pages.example/api'] : NAMED
        const allowed = await allowedOf(evaluate, ids, (id) => ({
          ...question,
          subject,
          resource: who(type, id, properties),
        }))
        met += found.length
        if (type === 'api') {
          expect(found).toEqual(allowed)
          return
        }
        const has = heldBy(present, subject)
        const named = has.flatMap(({ on: thing }) => (thing?.type === type ? [thing.id] : []))
        expect(found).toEqual(allowed.filter((id) => named.includes(id)))
        if (everyThing) expect(allowed).toEqual(NAMED)
        if (!has.some(turnsOnId)) expect(everyThing).toBe(allowed.includes('fresh'))
      }),
      { numRuns: 2000 },
    )
    expect(met).toBeGreaterThan(50)
  })

  it('for actions', async () => {
    let met = 0
    await fc.assert(
      fc.asyncProperty(people, asked, subjects, limits, async (present, question, subject, limit) => {
        const { evaluate, search } = await arrange(present)
        const { action: _, ...open } = { ...question, subject }
        const { found } = await allPages((page) => search.actions(open, page), limit)
        const actions = ['accounts:read', 'burn', 'none', 'read', 'write']
        const allowed = await allowedOf(evaluate, actions, (action) => ({ ...question, subject, action }))
        met += found.length
        expect(found.filter((action) => actions.includes(action))).toEqual(allowed)
      }),
      { numRuns: 2000 },
    )
    expect(met).toBeGreaterThan(50)
  })
})

const heldBy = (
  { accounts, clients }: { accounts: readonly Account[]; clients: ReadonlyMap<string, ClientRights> },
  { type, id }: Entity,
): readonly Assignment[] =>
  (type === 'user' ? accounts.find(({ sub }) => sub === id)?.roles : clients.get(id)?.assignments) ?? []

/** It may allow a thing that no assignment names, and not another one. */
const turnsOnId = ({ when: condition }: Assignment): boolean =>
  condition !== undefined && JSON.stringify(condition).includes('"resource":"id"')

const readsRecords = { action: 'read', resource: who('api', RECORDS), context: {} }
const everybody = { ...readsRecords, subject: { type: 'user', properties: {} } }
const crowd = (size: number, changes: (n: number) => Partial<Account> = () => ({})): Account[] =>
  Array.from({ length: size }, (_, n) =>
    account(String(n).padStart(5, '0'), { roles: [{ roleId: 'reader' }], ...changes(n) }),
  )

it('finds all of a crowd, and admins among and beside them, whatever the length of a page', async () => {
  const accounts = crowd(250, (n) => (n % 7 === 0 ? { roles: [{ roleId: 'clerk' }] } : {}))
  const admins = ['00003', '00007', '00150', '00249', 'removed']
  const { search } = await arrange({ accounts, admins, clients: new Map() })
  const inquiry = { ...everybody, action: 'accounts:read', resource: who('api', ADMIN) }
  const expected = accounts.filter(({ sub }, n) => n % 7 === 0 || admins.includes(sub)).map(({ sub }) => sub)
  for (const limit of [1, 7, 36, 100])
    expect((await allPages((page) => search.subjects(inquiry, page), limit)).found).toEqual(expected)
  expect((await allPages((page) => search.subjects(everybody, page), 100)).found).toHaveLength(214)
})

it('looks at no more than a thousand candidates for a page, and goes on after them', async () => {
  const accounts = crowd(2500, (n) => ({ disabled: n !== 2400 }))
  const { search, reads } = await arrange({ accounts, admins: [], clients: new Map() })
  expect(await search.subjects(everybody, { after: '', limit: 100 })).toEqual({ found: [], next: '00999' })
  expect(reads()).toBeLessThanOrEqual(11)
  expect(await allPages((page) => search.subjects(everybody, page), 100)).toEqual({
    found: ['02400'],
    pages: 3,
  })
})

it('finds nothing in a page of no results, and says that there may be more', async () => {
  const { search } = await arrange({ accounts: crowd(3), admins: [], clients: new Map() })
  expect(await search.subjects(everybody, { after: '', limit: 0 })).toEqual({ found: [], next: '' })
})
