import { describe, expect, it } from 'vitest'
import { account, parallel } from '../../contract/open-for-test.ts'
import { arrangeSeed, document, ISSUER, ORDERS, PASSWORD, SECRET } from './arrange.ts'

const applied = { kind: 'applied', warnings: [] }
const [kim, lou] = document.accounts

describe('a seed', () => {
  it('makes what it names', async () => {
    const { start, rules, clients, accounts, hasher } = await arrangeSeed()
    expect(await start(document)).toEqual(applied)
    const found = await accounts.findByEmail('kim@example.com')
    expect(found).toMatchObject({ email: 'Kim@example.com', name: 'Kim', emailVerified: true })
    expect(await hasher.verify(found?.password ?? '', PASSWORD)).toBe(true)
    expect(await rules.ofPerson(found?.sub ?? '', ORDERS)).toEqual(['orders:read', 'orders:write'])
    expect(await rules.roles(found?.sub ?? '', ORDERS)).toEqual(['chief', 'clerk'])
    expect(await rules.defaultRoles()).toHaveLength(1)
    expect(rules.find(ORDERS)).toMatchObject({ name: 'Orders', accessTokenFormat: 'opaque' })
    expect(await rules.ceiling('shop', ORDERS)).toEqual(['orders:read'])
    expect(await clients.verifySecret('shop', SECRET)).toBe(true)
  })

  it('changes nothing when it comes again, unverified accounts included', async () => {
    const { start, store } = await arrangeSeed()
    await start(document)
    const state = async () => [
      await store.documents.read('access'),
      await store.documents.read('seed'),
      await store.clients.list(),
      await store.accounts.list({ limit: 10 }),
    ]
    const before = await state()
    expect(await start(document)).toEqual(applied)
    expect(await state()).toEqual(before)
  })

  it('wins for the members it names, and leaves what it omits', async () => {
    const { start, rules, clients } = await arrangeSeed()
    await start(document)
    const before = await rules.model()
    const next = {
      resources: [{ identifier: ORDERS, permissions: ['orders:read'] }],
      roles: [{ name: 'clerk', default: false }],
      clients: [{ client_id: 'shop', client_name: 'Harbor' }],
    }
    expect(await start(next)).toEqual(applied)
    const after = await rules.model()
    expect(after.resources[0]).toMatchObject({
      name: 'Orders',
      accessTokenFormat: 'opaque',
      permissions: ['orders:read'],
    })
    expect(after.roles[0]).toEqual({ ...before.roles[0], default: false })
    expect(after.roles[1]).toEqual(before.roles[1])
    expect(await clients.metadata('shop')).toMatchObject({
      client_name: 'Harbor',
      redirect_uris: ['https://shop.example/cb'],
    })
    expect(await clients.verifySecret('shop', SECRET)).toBe(true)
  })

  it('may refer to what is there already', async () => {
    const { start, rules, accounts } = await arrangeSeed()
    await start({ resources: document.resources, roles: document.roles })
    const role = { name: 'helper', permissions: { [ORDERS]: ['orders:read'] }, includes: ['clerk'] }
    expect(await start({ roles: [role], accounts: [{ ...kim, roles: ['clerk'] }] })).toEqual(applied)
    const found = await accounts.findByEmail('kim@example.com')
    expect(await rules.roles(found?.sub ?? '')).toEqual(['clerk'])
  })

  it('gives a role by its id, so that a role of the same name made later is another one', async () => {
    const { start, rules, accounts } = await arrangeSeed()
    await start(document)
    await rules.change((model) => ({ ...model, roles: model.roles.filter(({ name }) => name !== 'chief') }))
    await start({ roles: [{ name: 'chief', permissions: { '@admin': ['keys:write'] } }] })
    const found = await accounts.findByEmail('kim@example.com')
    expect(await rules.ofPerson(found?.sub ?? '', `${ISSUER}/admin`)).toEqual([])
  })

  it('writes nothing at all if it has a fault', async () => {
    const { start, store } = await arrangeSeed()
    const faulty = { ...document, accounts: [...document.accounts, { email: 'nobody' }] }
    expect(await start(faulty)).toMatchObject({ kind: 'faults' })
    expect(await store.documents.read('access')).toBeUndefined()
    expect(await store.clients.list()).toEqual([])
  })
})

describe('an account that exists', () => {
  it('gets roles, and keeps its password, its name and its sessions', async () => {
    const { start, accounts, store } = await arrangeSeed()
    await start({ accounts: [{ ...kim, roles: [] }] })
    const before = await accounts.findByEmail('kim@example.com')
    const again = { ...kim, password: 'another quiet otter', name: 'Kim Else', locale: 'ru' }
    expect(await start({ ...document, accounts: [again] })).toEqual(applied)
    const after = await accounts.findByEmail('kim@example.com')
    expect(after).toEqual({ ...before, roles: after?.roles, updatedAt: after?.updatedAt, version: 2 })
    expect(after?.roles).toHaveLength(1)
    expect(await store.accounts.list({ limit: 10 })).toHaveLength(1)
  })

  it('is a fault if its address is unverified and no seed made it: a stranger may have it (C-15)', async () => {
    const { start, store, accounts } = await arrangeSeed()
    await store.accounts.insert(account('stranger', { emailKey: 'kim@example.com', roles: [] }))
    const outcome = await start(document)
    expect(outcome).toMatchObject({
      kind: 'refused',
      faults: [expect.stringContaining('accounts[0].email: wanted')],
    })
    expect((await accounts.find('stranger'))?.roles).toEqual([])
    expect(await store.clients.list()).toEqual([])
    expect(await store.documents.read('access')).toBeUndefined()
  })

  it('is found by the sub that the seed chose, whatever its address is now', async () => {
    const { start, store, rules } = await arrangeSeed()
    await store.accounts.insert(account('kim-1', { emailKey: 'new@example.com', roles: [] }))
    expect(await start({ ...document, accounts: [{ ...kim, sub: 'kim-1' }] })).toEqual(applied)
    expect(await rules.roles('kim-1')).toEqual(['chief', 'clerk'])
  })

  it('is a fault if it has another sub than the seed says', async () => {
    const { start } = await arrangeSeed()
    await start({ accounts: [{ ...kim, roles: [] }] })
    expect(await start({ accounts: [{ ...kim, roles: [], sub: 'kim-1' }] })).toMatchObject({
      kind: 'refused',
      faults: [expect.stringContaining('accounts[0].sub: wanted the sub of the account')],
    })
  })

  it('is a fault if its sub is the id of a client (N-17)', async () => {
    const { start, store } = await arrangeSeed()
    await store.accounts.insert(account('shop'))
    expect(await start(document)).toMatchObject({
      kind: 'refused',
      faults: [expect.stringContaining('clients[0].client_id: wanted another id')],
    })
  })
})

it('takes the sub and the password hash of another system', async () => {
  const { start, accounts, hasher } = await arrangeSeed()
  const hash = await hasher.hash('a password of elsewhere')
  const import_ = { email: 'max@example.com', password_hash: hash, sub: 'legacy-7', locale: 'ru' }
  expect(await start({ accounts: [import_] })).toEqual(applied)
  expect(await accounts.find('legacy-7')).toMatchObject({
    password: hash,
    locale: 'ru',
    emailVerified: false,
  })
})

describe('servers that start at once', () => {
  it('make each thing once, by one seed', async () => {
    const { start, beside, store, accounts, rules } = await arrangeSeed()
    const starts = [start, ...(await parallel(3, async () => (await beside()).start))]
    const outcomes = await Promise.all(starts.map((each) => each(document)))
    expect(outcomes).toEqual(outcomes.map(() => applied))
    expect(await store.accounts.list({ limit: 10 })).toHaveLength(2)
    expect((await rules.model()).roles.map(({ name }) => name)).toEqual(['clerk', 'chief'])
    const found = await accounts.findByEmail('kim@example.com')
    expect(await rules.roles(found?.sub ?? '')).toEqual(['chief', 'clerk'])
    expect(await start(document)).toEqual(applied)
  })

  it('keep what each of different seeds names', async () => {
    const { beside, rules, clients } = await arrangeSeed()
    await parallel(4, async (n) => {
      const { start } = await beside()
      return start({ ...document, roles: [...document.roles, { name: `role ${n}` }], accounts: [lou] })
    })
    expect((await rules.model()).roles).toHaveLength(6)
    expect(await clients.list()).toHaveLength(1)
  })

  it('give nothing to a stranger who takes an address in that moment, and say so', async () => {
    const { parts, start, store, accounts } = await arrangeSeed()
    const thief = account('thief', { emailKey: 'kim@example.com', roles: [] })
    parts.accounts = {
      ...accounts,
      create: async (input) => {
        await store.accounts.insert(thief)
        return accounts.create(input)
      },
    }
    const outcome = await start({ ...document, accounts: [kim] })
    expect(outcome).toEqual({
      kind: 'applied',
      warnings: [expect.stringContaining('accounts[0]: somebody else')],
    })
    expect((await accounts.find('thief'))?.roles).toEqual([])
  })
})
