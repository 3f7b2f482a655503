import { describe, expect, it } from 'vitest'
import { type AccessParts, access } from '../../../src/domain/access/access.ts'
import type { AccessModel } from '../../../src/domain/access/model.ts'
import { refuse } from '../../../src/errors.ts'
import type { ApiAccess } from '../../../src/oidc/api-access.ts'
import { account, parallel } from '../../contract/open-for-test.ts'
import { dataDir, openTestStore } from '../../store/sqlite/data-dir.ts'

const ORDERS = 'https://orders.example/api'
const rights = {
  grantTypes: ['authorization_code'],
  permissions: { [ORDERS]: ['orders:read'] },
  ownPermissions: {},
  assignments: [],
}

const orders = (permissions: string[]): AccessModel => ({
  resources: [{ identifier: ORDERS, name: 'Orders', permissions, accessTokenFormat: 'opaque', types: [] }],
  roles: [
    { id: 'role-1', name: 'clerk', permissions: { [ORDERS]: permissions }, includes: [], default: true },
    { id: 'role-2', name: 'other', permissions: {}, includes: [], default: false },
  ],
})

type Store = Awaited<ReturnType<typeof openTestStore>>

const open = async (changes: Partial<AccessParts> = {}, given?: Store) => {
  const store = given ?? (await openTestStore())
  const parts: AccessParts = {
    documents: store.documents,
    onChange: store.onChange,
    issuer: 'https://id.example',
    defaultResource: 'https://id.example/api',
    now: Date.now,
    account: (sub) => store.accounts.find(sub),
    client: async (clientId) => (clientId === 'shop' ? rights : undefined),
    ...changes,
  }
  return { store, parts, rules: await access(parts) }
}

it('answers the engine from what is stored', async () => {
  const { store, rules } = await open()
  const engine: ApiAccess = rules
  await rules.change(() => orders(['orders:read', 'orders:write']))
  await store.accounts.insert(account('kim'))
  expect(engine.find(ORDERS)).toMatchObject({ name: 'Orders', accessTokenFormat: 'opaque', types: [] })
  expect(engine.find('https://id.example/admin')).toMatchObject({ accessTokenFormat: 'jwt' })
  expect(engine.find('@admin')).toBeUndefined()
  expect(await engine.ceiling('shop', ORDERS)).toEqual(['orders:read'])
  expect(await engine.ceiling('nobody', ORDERS)).toEqual([])
  expect(await engine.ofClient('shop', ORDERS)).toEqual([])
  expect(await engine.ofPerson('kim', ORDERS)).toEqual(['orders:read', 'orders:write'])
  expect(await engine.roles('kim', ORDERS)).toEqual(['clerk'])
  expect(await rules.defaultRoles()).toEqual(['role-1'])
})

it('gives a disabled account and an unknown one nothing (C-25)', async () => {
  const { store, rules } = await open()
  await rules.change(() => orders(['orders:read']))
  await rules.grantAdmin('kim')
  await store.accounts.insert(account('kim', { disabled: true }))
  for (const sub of ['kim', 'nobody']) {
    expect(await rules.ofPerson(sub, ORDERS)).toEqual([])
    expect(await rules.ofPerson(sub, 'https://id.example/admin')).toEqual([])
    expect(await rules.roles(sub)).toEqual([])
  }
})

it('makes admins by the document of admins only', async () => {
  const { store, rules } = await open()
  await store.accounts.insert(account('kim', { roles: [] }))
  await store.accounts.insert(account('lou', { roles: [{ roleId: 'admin' }] }))
  await rules.grantAdmin('kim')
  expect(await rules.ofPerson('kim', 'https://id.example/admin')).toContain('roles:write')
  expect(await rules.roles('kim')).toEqual(['admin'])
  expect(await rules.ofPerson('lou', 'https://id.example/admin')).toEqual([])
})

it('keeps what parallel changes of two servers add, and writes nothing for an equal model', async () => {
  const { store, rules } = await open()
  const { rules: other } = await open({}, store)
  const names = await parallel(20, async (n) => {
    const name = `role ${n}`
    const role = { id: name, name, permissions: {}, includes: [], default: false }
    await [rules, other][n % 2]?.change((model) => ({ ...model, roles: [...model.roles, role] }))
    return name
  })
  const model = await rules.change((present) => ({ ...present }))
  expect(model.roles.map(({ name }) => name).sort()).toEqual(names.sort())
  expect((await store.documents.read('access'))?.version).toBe(20)
})

it('sees at the next read what another writer of this process has changed', async () => {
  const { store, rules } = await open()
  await rules.change(() => orders(['orders:read']))
  await store.documents.write('access', orders(['orders:read', 'orders:write']), 1)
  expect((await rules.model()).resources[0]?.permissions).toHaveLength(2)
  expect(rules.find(ORDERS)?.permissions).toHaveLength(2)
})

it('follows what another process changes', async () => {
  const dir = dataDir()
  const { store, rules } = await open({}, await openTestStore({ dataDir: dir, pollInterval: 10 }))
  const beside = await openTestStore({ dataDir: dir, role: 'cli' })
  const noticed = new Promise<void>((resolve) => {
    store.onChange((topic) => topic === 'documents' && resolve())
  })
  await beside.documents.write('access', orders(['orders:read']), 0)
  await noticed
  expect((await rules.model()).roles).toHaveLength(2)
})

describe('when a change was noticed and the store does not answer', () => {
  const withOutage = async () => {
    const store = await openTestStore()
    await store.accounts.insert(account('kim'))
    const outage = { present: false }
    const documents = {
      ...store.documents,
      read: (name: string) =>
        outage.present ? Promise.reject(refuse('store_unavailable')) : store.documents.read(name),
    }
    const { rules } = await open({ documents }, store)
    await rules.change(() => orders(['orders:read']))
    expect(await rules.ofPerson('kim', ORDERS)).toEqual(['orders:read'])
    outage.present = true
    return { store, rules, outage }
  }

  it('refuses instead of deciding by the former model, and recovers by itself', async () => {
    const { store, rules, outage } = await withOutage()
    await store.documents.write('access', orders([]), 1)
    await expect(rules.ofPerson('kim', ORDERS)).rejects.toMatchObject({ code: 'store_unavailable' })
    await expect(rules.ceiling('shop', ORDERS)).rejects.toMatchObject({ code: 'store_unavailable' })
    outage.present = false
    expect(await rules.ofPerson('kim', ORDERS)).toEqual([])
  })

  it('goes on deciding from memory as long as nothing has changed', async () => {
    const { rules } = await withOutage()
    expect(await rules.ofPerson('kim', ORDERS)).toEqual(['orders:read'])
  })
})

it('does not start on a damaged model, and does not decide by one', async () => {
  const { store, rules, parts } = await open()
  await store.documents.write('access', { resources: [], roles: [{ name: 'clerk' }] }, 0)
  await expect(rules.model()).rejects.toMatchObject({ code: 'internal' })
  await expect(access(parts)).rejects.toMatchObject({ code: 'internal' })
})
