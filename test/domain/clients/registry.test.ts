import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { sealer } from '../../../src/adapters/sealer.ts'
import type { ClientInput } from '../../../src/domain/clients/metadata.ts'
import { clientRegistry } from '../../../src/domain/clients/registry.ts'
import type { EngineClients } from '../../../src/oidc/clients.ts'
import { account, parallel } from '../../contract/open-for-test.ts'
import { dataDir, openTestStore } from '../../store/sqlite/data-dir.ts'

const SECRET = 'q7Rk2vXw9LmZ4bTnH8sYc3JdP6gFa5Ue'
const shop: ClientInput = {
  client_id: 'shop',
  client_secret: SECRET,
  redirect_uris: ['https://shop.example/cb'],
  permissions: { 'https://orders.example/api': ['orders:read'] },
}
const spa: ClientInput = { ...shop, client_id: 'spa', token_endpoint_auth_method: 'none' }
delete spa.client_secret

const [oldKey, newKey] = [randomBytes(32), randomBytes(32)]

const open = async (
  store?: Awaited<ReturnType<typeof openTestStore>>,
  keys = [newKey],
  now: () => number = Date.now,
) => {
  const used = store ?? (await openTestStore())
  const registry = clientRegistry({
    issuer: 'https://gate.example',
    store: used.clients,
    accounts: used.accounts,
    onChange: used.onChange,
    sealer: sealer(keys),
    random: randomBytes,
    now,
  })
  return { store: used, registry }
}

describe('creating', () => {
  it('keeps the secret as a keyed hash only, and verifies it', async () => {
    const { store, registry } = await open()
    expect(await registry.create(shop)).toMatchObject({ kind: 'created', secret: undefined })
    expect(JSON.stringify(await store.clients.list())).not.toContain(SECRET)
    expect(await registry.verifySecret('shop', SECRET)).toBe(true)
    const wrong = [
      `${SECRET}x`,
      SECRET.toLowerCase(),
      '',
      (await registry.metadata('shop'))?.client_secret ?? '',
    ]
    for (const secret of wrong) expect(await registry.verifySecret('shop', secret)).toBe(false)
    expect(await registry.verifySecret('nobody', SECRET)).toBe(false)
  })

  it('makes a secret of 256 bits for a client that needs one and brings none (N-10)', async () => {
    const { registry } = await open()
    const { client_secret, ...bare } = shop
    const created = await registry.create(bare)
    if (created.kind !== 'created' || created.secret === undefined) throw new Error('no secret was made')
    expect(Buffer.from(created.secret, 'base64url')).toHaveLength(32)
    expect(await registry.verifySecret('shop', created.secret)).toBe(true)
    expect(created.client).not.toHaveProperty('client_secret')
  })

  it('gives a public client no secret, and takes none from it', async () => {
    const { registry } = await open()
    expect(await registry.create(spa)).toMatchObject({ kind: 'created', secret: undefined })
    expect(await registry.metadata('spa')).not.toHaveProperty('client_secret')
    expect(await registry.verifySecret('spa', '')).toBe(false)
  })

  it('lets one of many parallel callers have an id', async () => {
    const { store, registry } = await open()
    const { registry: other } = await open(store)
    const outcomes = await parallel(20, (n) => [registry, other][n % 2]?.create(shop) ?? Promise.reject())
    expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1)
  })

  it('refuses an id that is the sub of an account (N-17)', async () => {
    const { store, registry } = await open()
    await store.accounts.insert(account('shop'))
    expect(await registry.create(shop)).toEqual({ kind: 'taken' })
    expect(await registry.list()).toEqual([])
  })
})

describe('merging', () => {
  it('changes what is named, keeps the rest, and writes nothing the second time', async () => {
    const { store, registry } = await open()
    await registry.merge(shop, { demo: false })
    await registry.merge(shop, { demo: false })
    expect((await store.clients.find('shop'))?.version).toBe(1)
    await registry.merge({ client_id: 'shop', client_name: 'Harbor' }, { demo: false })
    expect((await registry.list())[0]).toMatchObject({
      client_name: 'Harbor',
      redirect_uris: shop.redirect_uris,
    })
    expect(await registry.verifySecret('shop', SECRET)).toBe(true)
  })

  it('replaces a secret, and forgets it when the client becomes public', async () => {
    const { store, registry } = await open()
    await registry.merge(shop, { demo: false })
    await registry.merge({ client_id: 'shop', client_secret: `${SECRET}2` }, { demo: false })
    expect(await registry.verifySecret('shop', SECRET)).toBe(false)
    expect(await registry.verifySecret('shop', `${SECRET}2`)).toBe(true)
    await registry.merge({ client_id: 'shop', token_endpoint_auth_method: 'none' }, { demo: false })
    expect((await store.clients.find('shop'))?.metadata).not.toHaveProperty('client_secret_mac')
  })

  it('keeps what parallel callers name', async () => {
    const { store, registry } = await open()
    const { registry: other } = await open(store)
    await parallel(10, (n) => registry.merge({ ...shop, client_id: `client-${n % 2}` }, { demo: false }))
    await Promise.all([
      registry.merge({ client_id: 'client-0', client_name: 'Harbor' }, { demo: false }),
      other.merge({ client_id: 'client-0', first_party: true }, { demo: false }),
    ])
    expect((await registry.list())[0]).toMatchObject({ client_name: 'Harbor', first_party: true })
    expect(await registry.list()).toHaveLength(2)
  })
})

it('verifies under every sealing key, and hashes a secret that comes again under the newest', async () => {
  const { store, registry } = await open(undefined, [oldKey])
  await registry.merge(shop, { demo: false })
  const { registry: rotated } = await open(store, [newKey, oldKey])
  expect(await rotated.verifySecret('shop', SECRET)).toBe(true)
  await rotated.merge(shop, { demo: false })
  const { registry: later } = await open(store, [newKey])
  expect(await later.verifySecret('shop', SECRET)).toBe(true)
})

describe('a new secret', () => {
  const rotate = async (registry: Awaited<ReturnType<typeof open>>['registry'], overlap: number) => {
    const rotated = await registry.rotateSecret('shop', { overlap })
    if (rotated.kind !== 'rotated') throw new Error(rotated.kind)
    return rotated
  }
  const good = async (registry: Awaited<ReturnType<typeof open>>['registry'], ...secrets: string[]) => {
    const verdicts = await Promise.all(secrets.map((secret) => registry.verifySecret('shop', secret)))
    return secrets.filter((_, index) => verdicts[index])
  }

  it('is accepted at once, and the one before it until the overlap is over', async () => {
    let now = 1_000_000
    const { store, registry } = await open(undefined, [newKey], () => now)
    await registry.create(shop)
    const { secret, formerUntil } = await rotate(registry, 60)
    expect(formerUntil).toBe(now + 60_000)
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32)
    expect(JSON.stringify(await store.clients.list())).not.toContain(secret)
    expect(await good(registry, SECRET, secret, `${secret}x`)).toEqual([SECRET, secret])
    expect((await registry.registered('shop'))?.formerSecretUntil).toBe(formerUntil)
    now += 59_999
    expect(await good(registry, SECRET, secret)).toEqual([SECRET, secret])
    now += 1
    expect(await good(registry, SECRET, secret)).toEqual([secret])
    expect((await registry.registered('shop'))?.formerSecretUntil).toBeUndefined()
  })

  it('ends the one before it now if nothing shall overlap', async () => {
    const { registry } = await open()
    await registry.create(shop)
    const { secret } = await rotate(registry, 0)
    expect(await good(registry, SECRET, secret)).toEqual([secret])
  })

  it('ends what was on its way out already', async () => {
    const { registry } = await open()
    await registry.create(shop)
    const { secret: second } = await rotate(registry, 60)
    const { secret: third } = await rotate(registry, 60)
    expect(await good(registry, SECRET, second, third)).toEqual([second, third])
  })

  it('keeps both through another change, and neither when an operator names one', async () => {
    const { registry } = await open()
    await registry.create(shop)
    const { secret } = await rotate(registry, 60)
    await registry.merge({ client_id: 'shop', client_name: 'Harbor' }, { demo: false })
    expect(await good(registry, SECRET, secret)).toEqual([SECRET, secret])
    await registry.merge({ client_id: 'shop', client_secret: `${SECRET}2` }, { demo: false })
    expect(await good(registry, SECRET, secret, `${SECRET}2`)).toEqual([`${SECRET}2`])
  })

  it('leaves of many made at once the last two', async () => {
    const { store, registry } = await open()
    const { registry: other } = await open(store)
    await registry.create(shop)
    const rotated = await parallel(10, (n) => rotate(n % 2 === 0 ? registry : other, 60))
    const left = await good(registry, SECRET, ...rotated.map(({ secret }) => secret))
    expect(left).toHaveLength(2)
  })

  it('is for clients that have one', async () => {
    const { registry } = await open()
    await registry.create(spa)
    expect(await registry.rotateSecret('spa', { overlap: 60 })).toEqual({ kind: 'no_secret' })
    expect(await registry.rotateSecret('nobody', { overlap: 60 })).toEqual({ kind: 'unknown' })
    expect(await registry.rotateSecret('gatehouse-api', { overlap: 60 })).toEqual({ kind: 'unknown' })
  })
})

describe('a disabled client', () => {
  it('is found by nobody but who administers it, until it is enabled again', async () => {
    const { store, registry } = await open()
    const { registry: other } = await open(store)
    await registry.create(shop)
    await other.find('shop')
    expect(await registry.setDisabled('shop', true)).toBe(true)
    for (const each of [registry, other]) {
      expect(await each.find('shop')).toBeUndefined()
      expect(await each.metadata('shop')).toBeUndefined()
      expect(await each.permissions('shop')).toBeUndefined()
      expect(await each.verifySecret('shop', SECRET)).toBe(false)
      expect(await each.registered('shop')).toMatchObject({ disabled: true, client: { client_id: 'shop' } })
      expect(await each.list()).toHaveLength(1)
    }
    expect(await registry.create(shop)).toEqual({ kind: 'taken' })
    expect(await registry.setDisabled('shop', false)).toBe(true)
    expect(await registry.verifySecret('shop', SECRET)).toBe(true)
    expect(await registry.setDisabled('nobody', true)).toBe(false)
  })

  it('stays one when a seed names it again', async () => {
    const { registry } = await open()
    await registry.create(shop)
    await registry.setDisabled('shop', true)
    await registry.merge(shop, { demo: false })
    expect(await registry.find('shop')).toBeUndefined()
  })
})

describe('the engine', () => {
  it('reads from memory until something changes, then the change, with another revision', async () => {
    const { registry } = await open()
    const engine: EngineClients = registry
    await registry.create(shop)
    const before = await engine.find('shop')
    expect(await engine.find('shop')).toEqual(before)
    expect((await engine.find('shop'))?.metadata).toBe(before?.metadata)
    await registry.create(spa)
    expect((await engine.find('shop'))?.revision).toBe(before?.revision)
    await registry.merge({ client_id: 'shop', client_name: 'Harbor' }, { demo: false })
    const after = await engine.find('shop')
    expect(after?.metadata.client_name).toBe('Harbor')
    expect(after?.revision).not.toBe(before?.revision)
  })

  it('sees a client that was removed and registered anew as another one', async () => {
    const { store, registry } = await open()
    const { registry: other } = await open(store)
    await registry.create(shop)
    const before = await registry.find('shop')
    expect(await other.remove('shop')).toBe(true)
    await other.create({ ...shop, first_party: true })
    const after = await registry.find('shop')
    expect(after?.metadata.first_party).toBe(true)
    expect(after?.revision).not.toBe(before?.revision)
    await registry.remove('shop')
    expect(await registry.find('shop')).toBeUndefined()
    expect(await registry.permissions('shop')).toBeUndefined()
  })

  it('follows what another process changes', async () => {
    const dir = dataDir()
    const { store, registry } = await open(await openTestStore({ dataDir: dir, pollInterval: 10 }))
    const { registry: beside } = await open(await openTestStore({ dataDir: dir, role: 'cli' }))
    await registry.create(shop)
    await registry.find('shop')
    const noticed = new Promise<void>((resolve) => {
      store.onChange((topic) => topic === 'clients' && resolve())
    })
    await beside.remove('shop')
    await noticed
    expect(await registry.find('shop')).toBeUndefined()
  })

  it('is told nothing of permissions, and no word of the secret', async () => {
    const { registry } = await open()
    await registry.create(shop)
    const metadata = (await registry.metadata('shop')) ?? {}
    expect(metadata).toMatchObject({ client_id: 'shop', response_types: ['code'] })
    expect(Object.keys(metadata)).not.toEqual(expect.arrayContaining(['permissions']))
    expect(JSON.stringify(metadata)).not.toContain(SECRET)
    expect(await registry.permissions('shop')).toEqual({
      grantTypes: ['authorization_code'],
      permissions: shop.permissions,
      ownPermissions: {},
      assignments: [],
    })
  })
})

it('removes the clients of the development start and no others', async () => {
  const { registry } = await open()
  await registry.create(shop)
  await registry.merge({ ...shop, client_id: 'demo-web' }, { demo: true })
  expect(await registry.removeDemo()).toEqual(['demo-web'])
  expect((await registry.list()).map(({ client_id }) => client_id)).toEqual(['shop'])
})

it('refuses to go on with a damaged record', async () => {
  const { store, registry } = await open()
  await store.clients.insert({ clientId: 'shop', metadata: { client_id: 'shop' }, version: 1 })
  await expect(registry.find('shop')).rejects.toMatchObject({ code: 'internal' })
})
