import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { access as openAccess } from '../../../src/domain/access/access.ts'
import type { Actor } from '../../../src/domain/access/actor.ts'
import { adminHolders } from '../../../src/domain/access/admins.ts'
import { assigning } from '../../../src/domain/access/assigning.ts'
import { etagOf } from '../../../src/domain/access/edit.ts'
import { adminPermissions, type Resource } from '../../../src/domain/access/model.ts'
import { resourceAdministration } from '../../../src/domain/access/resource-administration.ts'
import { type RoleDraft, roleAdministration } from '../../../src/domain/access/role-administration.ts'
import type { Audit } from '../../../src/domain/ports.ts'
import { account, parallel } from '../../contract/open-for-test.ts'
import { openTestStore } from '../../store/sqlite/data-dir.ts'

const ISSUER = 'https://id.example'
const ORDERS = 'https://orders.example/api'
const orders: Resource = {
  identifier: ORDERS,
  name: 'Orders',
  permissions: ['orders:read', 'orders:write'],
  accessTokenFormat: 'jwt',
  types: ['order'],
}
const draft = (changes: Partial<RoleDraft> = {}): RoleDraft => ({
  name: 'clerk',
  permissions: { [ORDERS]: ['orders:read'] },
  includes: [],
  default: false,
  ...changes,
})
const actor = (...permissions: string[]): Actor => ({
  kind: 'user',
  id: 'boss',
  permissions: new Set(permissions),
})
const boss = { actor: actor('roles:write', 'resources:write') }
const chief = actor(...adminPermissions)

/** The rules on a real store; `again` opens them once more, as another process does. */
const arrange = async () => {
  const store = await openTestStore()
  const events: Parameters<Audit>[0][] = []
  const audit: Audit = (event) => void events.push(event)
  const find = (sub: string) => store.accounts.find(sub)
  const again = async () => {
    const access = await openAccess({
      documents: store.documents,
      onChange: store.onChange,
      issuer: ISSUER,
      defaultResource: `${ISSUER}/api`,
      now: Date.now,
      account: find,
      client: async () => undefined,
    })
    const admins = adminHolders({ access, account: find })
    return {
      access,
      admins,
      resources: resourceAdministration({ access, audit }),
      roles: roleAdministration({
        access,
        audit,
        holders: async () => [],
        release: async () => undefined,
        newId: () => randomBytes(8).toString('hex'),
      }),
      assigning: assigning({
        access,
        admins,
        audit,
        accounts: {
          find,
          assign: async () => undefined,
          unassign: async () => undefined,
        },
        clients: {
          registered: async () => undefined,
          assign: async () => false,
          unassign: async () => false,
        },
      }),
    }
  }
  const one = await again()
  return { ...one, again, store, events }
}

describe('a resource', () => {
  it('is made once, and written down with what it was before and is after', async () => {
    const { resources, events } = await arrange()
    expect(await resources.create(orders, boss)).toEqual({
      kind: 'done',
      value: orders,
      etag: etagOf(orders),
    })
    expect(await resources.create(orders, boss)).toEqual({ kind: 'taken' })
    const renamed = { ...orders, name: 'All orders' }
    await resources.replace(renamed, boss)
    expect(events.map(({ type, actor: who }) => [type, who])).toEqual([
      ['resource.created', 'user:boss'],
      ['resource.changed', 'user:boss'],
    ])
    expect(events[1]?.detail).toEqual({ before: orders, after: renamed })
  })

  it('that is built in can be neither made nor removed', async () => {
    const { resources } = await arrange()
    expect(await resources.create({ ...orders, identifier: `${ISSUER}/admin` }, boss)).toEqual({
      kind: 'taken',
    })
    expect(await resources.remove(`${ISSUER}/admin`, boss)).toEqual({ kind: 'unknown' })
  })

  it('keeps a permission that a role names, unless the roles shall lose it, too', async () => {
    const { resources, roles } = await arrange()
    await resources.create(orders, boss)
    await roles.create(draft(), boss)
    const less = { ...orders, permissions: ['orders:write'] }
    const refused = await resources.replace(less, boss)
    expect(refused).toMatchObject({ kind: 'in_use', users: [{ kind: 'role', name: 'clerk' }] })
    expect(await resources.remove(ORDERS, boss)).toMatchObject({ kind: 'in_use' })
    expect(await resources.replace(less, { ...boss, cascade: true })).toMatchObject({ kind: 'done' })
    expect((await roles.find('clerk'))?.permissions).toEqual({})
  })

  it('does not take a type that another one declares', async () => {
    const { resources } = await arrange()
    await resources.create(orders, boss)
    const other = { ...orders, identifier: 'https://other.example', types: ['page', 'order'] }
    expect(await resources.create(other, boss)).toMatchObject({
      kind: 'faults',
      faults: [{ path: ['types', 1] }],
    })
  })

  it('changes for one of 50 who know the same state, and for all who do not say what they know', async () => {
    const { resources, again } = await arrange()
    await resources.create(orders, boss)
    const others = await Promise.all([again(), again()])
    const expected = etagOf(orders)
    const outcomes = await parallel(50, (n) =>
      (others[n % 2] ?? others[0]).resources.replace({ ...orders, name: `name ${n}` }, { ...boss, expected }),
    )
    expect(outcomes.filter(({ kind }) => kind === 'done')).toHaveLength(1)
    expect(outcomes.filter(({ kind }) => kind === 'stale')).toHaveLength(49)
  })
})

describe('a role', () => {
  it.each([
    [
      'a permission that there is not',
      draft({ permissions: { [ORDERS]: ['orders:burn'] } }),
      ['permissions', ORDERS, 0],
    ],
    [
      'an API that there is not',
      draft({ permissions: { 'https://x.example': [] } }),
      ['permissions', 'https://x.example'],
    ],
    ['a role that there is not', draft({ includes: ['nobody'] }), ['includes', 0]],
    ['itself', draft({ includes: ['clerk'] }), ['includes']],
  ])('does not take %s', async (_, wanted, path) => {
    const { resources, roles } = await arrange()
    await resources.create(orders, boss)
    expect(await roles.create(wanted, boss)).toMatchObject({ kind: 'faults', faults: [{ path }] })
    expect(await roles.list()).toEqual([])
  })

  it('does not include one that includes it', async () => {
    const { resources, roles } = await arrange()
    await resources.create(orders, boss)
    await roles.create(draft({ name: 'a' }), boss)
    await roles.create(draft({ name: 'b', includes: ['a'] }), boss)
    await roles.create(draft({ name: 'c', includes: ['b'] }), boss)
    expect(await roles.replace('a', draft({ name: 'a', includes: ['c'] }), boss)).toMatchObject({
      kind: 'faults',
    })
  })

  it('that others include is removed from them on request only', async () => {
    const { resources, roles } = await arrange()
    await resources.create(orders, boss)
    await roles.create(draft({ name: 'a' }), boss)
    await roles.create(draft({ name: 'b', includes: ['a'] }), boss)
    expect(await roles.remove('a', boss)).toMatchObject({ kind: 'in_use', users: [{ name: 'b' }] })
    expect(await roles.remove('a', { ...boss, cascade: true })).toMatchObject({ kind: 'done' })
    expect(await roles.list()).toMatchObject([{ name: 'b', includes: [] }])
  })

  it('never has a permission that is being removed at the same moment', async () => {
    for (let round = 0; round < 20; round++) {
      const { resources, again } = await arrange()
      await resources.create(orders, boss)
      const other = await again()
      await Promise.all([
        resources.replace({ ...orders, permissions: ['orders:write'] }, boss),
        other.roles.create(draft(), boss),
      ])
      const [resource] = await resources.list()
      for (const { permissions } of await other.roles.list())
        expect(resource?.permissions).toEqual(expect.arrayContaining(permissions[ORDERS] ?? []))
    }
  })

  it('keeps every change of 50 parallel ones by two processes', async () => {
    const { resources, roles, again } = await arrange()
    await resources.create(orders, boss)
    const other = await again()
    await parallel(50, (n) => (n % 2 ? roles : other.roles).create(draft({ name: `role ${n}` }), boss))
    expect(await (await again()).roles.list()).toHaveLength(50)
  })
})

describe('the administration', () => {
  const auditor = draft({ name: 'auditor', permissions: { '@admin': ['audit:read', 'audit:write'] } })

  it('is not handed on by a role with more of it than the actor has', async () => {
    const { roles } = await arrange()
    expect(await roles.create(auditor, { actor: actor('roles:write', 'audit:read') })).toMatchObject({
      kind: 'faults',
    })
    expect(
      await roles.create(auditor, { actor: actor('roles:write', 'audit:read', 'audit:write') }),
    ).toMatchObject({
      kind: 'done',
    })
    const weak = { actor: actor('roles:write') }
    expect(await roles.replace('auditor', draft({ name: 'auditor', permissions: {} }), weak)).toMatchObject({
      kind: 'faults',
    })
    expect(
      await roles.create(draft({ name: 'x', permissions: {}, includes: ['auditor'] }), weak),
    ).toMatchObject({
      kind: 'faults',
    })
  })

  it('is not assigned by who does not have all of it, which is audited', async () => {
    const { roles, assigning: assign, store, events } = await arrange()
    await store.accounts.insert(account('kim'))
    await roles.create(auditor, { actor: chief })
    const kim = { kind: 'user', id: 'kim' } as const
    const weak = actor('roles:write', 'audit:read')
    expect(await assign.assign(weak, kim, { role: 'auditor' })).toEqual({ kind: 'beyond' })
    expect(await assign.assign(weak, kim, { role: 'admin' })).toEqual({ kind: 'beyond' })
    expect(events.at(-1)).toMatchObject({
      type: 'assignment.added',
      sub: 'kim',
      detail: { result: 'beyond' },
    })
    expect(await assign.assign(chief, kim, { role: 'auditor' })).toEqual({ kind: 'done' })
  })

  it('keeps its last holder, whoever takes it from whom at the same moment', async () => {
    for (let round = 0; round < 20; round++) {
      const { store, again, admins, access } = await arrange()
      await store.accounts.insert(account('kim'))
      await store.accounts.insert(account('lee'))
      await admins.grant('kim')
      await admins.grant('lee')
      const other = await again()
      const outcomes = await Promise.all([admins.withdraw('kim'), other.admins.suspend('lee')])
      expect(outcomes.toSorted()).toEqual(['done', 'last'])
      expect((await access.changeAdmins((present) => present)).subs.length).toBeGreaterThan(0)
    }
  })

  it('counts nobody who is disabled, or was suspended', async () => {
    const { store, admins } = await arrange()
    await store.accounts.insert(account('kim'))
    await store.accounts.insert(account('off', { disabled: true }))
    await admins.grant('kim')
    await admins.grant('off')
    expect(await admins.withdraw('kim')).toBe('last')
    await store.accounts.insert(account('lee'))
    await admins.grant('lee')
    expect(await admins.suspend('lee')).toBe('done')
    expect(await admins.withdraw('kim')).toBe('last')
    await admins.resume('lee')
    expect(await admins.withdraw('kim')).toBe('done')
  })
})
