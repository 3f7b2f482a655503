import { beforeEach, describe, expect, it } from 'vitest'
import type { NewAccount } from '../../src/domain/new-account.ts'
import type { Account } from '../../src/domain/ports.ts'
import { parallel, START } from '../contract/open-for-test.ts'
import { type Arranged, arrange, GOOD_PASSWORD } from './arrange.ts'

let given: Arranged

beforeEach(async () => {
  given = await arrange()
})

const kim = (changes: Partial<NewAccount> = {}): NewAccount => ({
  email: 'Kim@Example.com',
  emailKey: 'kim@example.com',
  password: GOOD_PASSWORD,
  name: 'Kim',
  locale: 'en',
  emailVerified: false,
  roleIds: ['role-1'],
  ...changes,
})

const created = async (changes: Partial<NewAccount> = {}): Promise<Account> => {
  const outcome = await given.accounts.create(kim(changes))
  if (outcome.kind !== 'created') throw new Error(outcome.kind)
  return outcome.account
}

const stored = async (sub: string): Promise<Account> => {
  const account = await given.store.accounts.find(sub)
  if (!account) throw new Error('no such account')
  return account
}

describe('creating an account', () => {
  it('stores it with its password hashed', async () => {
    given.time.now = START + 1234
    const account = await created()
    expect(await stored('sub-1')).toEqual(account)
    expect(account).toMatchObject({
      sub: 'sub-1',
      email: 'Kim@Example.com',
      emailKey: 'kim@example.com',
      emailVerified: false,
      name: 'Kim',
      locale: 'en',
      roles: [{ roleId: 'role-1' }],
      disabled: false,
      createdAt: START + 1234,
      updatedAt: START + 1234,
      version: 1,
    })
    expect(account.password).toMatch(/^\$argon2id\$/)
    expect(await given.hasher.verify(account.password ?? '', GOOD_PASSWORD)).toBe(true)
  })

  it('lets a session of the same second live, which counts whole seconds only', async () => {
    given.time.now = START + 1234
    expect((await created()).validAfter).toBe(START + 1000)
  })

  it('takes a sub and a hash from elsewhere as they are, and hashes nothing then', async () => {
    const passwordHash = await given.weaker.hash('anything at all')
    const account = await created({ sub: 'imported', password: undefined, passwordHash })
    expect(account).toMatchObject({ sub: 'imported', password: passwordHash })
    expect(given.calls.hash).toBe(0)
  })

  it('makes an account without a password if there is none', async () => {
    expect((await created({ password: undefined })).password).toBeUndefined()
  })

  it('gives each role once', async () => {
    expect((await created({ roleIds: ['a', 'b', 'a'] })).roles).toEqual([{ roleId: 'a' }, { roleId: 'b' }])
  })

  it('says taken for an address or a sub that has an account, before it hashes', async () => {
    await created({ sub: 'one' })
    expect(await given.accounts.create(kim())).toEqual({ kind: 'taken' })
    expect(given.calls.hash).toBe(1)
    expect(await given.accounts.create(kim({ sub: 'one', emailKey: 'other@example.com' }))).toEqual({
      kind: 'taken',
    })
  })

  it('makes one account of one address, however many try at once', async () => {
    const outcomes = await parallel(30, () => given.accounts.create(kim()))
    expect(outcomes.filter(({ kind }) => kind === 'created')).toHaveLength(1)
    expect(await given.store.accounts.list({ limit: 10 })).toHaveLength(1)
  })

  it('hashes composed and decomposed letters as one password (N-41)', async () => {
    const { password = '' } = await created({ password: 'rene\u0301 counts seven otters' })
    expect(await given.hasher.verify(password, 'ren\u00e9 counts seven otters')).toBe(true)
  })
})

describe('finding an account', () => {
  it('goes by sub, and by the address in any spelling', async () => {
    const account = await created()
    expect(await given.accounts.find(account.sub)).toEqual(account)
    expect(await given.accounts.findByEmail(' KIM@example.COM')).toEqual(account)
    expect(await given.accounts.find('nobody')).toBeUndefined()
    expect(await given.accounts.findByEmail('lee@example.com')).toBeUndefined()
    expect(await given.accounts.findByEmail('not an address')).toBeUndefined()
  })
})

describe('changing an account', () => {
  it('adds roles and keeps those that it has', async () => {
    const { sub } = await created()
    const changed = await given.accounts.assign(sub, [{ roleId: 'role-2' }, { roleId: 'role-1' }])
    expect(changed?.roles).toEqual([{ roleId: 'role-1' }, { roleId: 'role-2' }])
    expect(await stored(sub)).toEqual(changed)
  })

  it('loses no role of parallel changes', async () => {
    const { sub } = await created({ roleIds: [] })
    await parallel(20, (n) => given.accounts.assign(sub, [{ roleId: `role-${n}` }]))
    expect((await stored(sub)).roles).toHaveLength(20)
  })

  it('sets a password and ends every session from before', async () => {
    const { sub } = await created()
    given.time.now += 60_001
    const changed = await given.accounts.setPassword(sub, 'nine loud beavers')
    expect(changed).toMatchObject({ validAfter: START + 60_001, updatedAt: START + 60_001, version: 2 })
    expect(await stored(sub)).toEqual(changed)
    expect(await given.hasher.verify(changed?.password ?? '', 'nine loud beavers')).toBe(true)
    expect(await given.hasher.verify(changed?.password ?? '', GOOD_PASSWORD)).toBe(false)
  })

  it('keeps a role and a password that are set at once', async () => {
    const { sub } = await created()
    await Promise.all([
      given.accounts.setPassword(sub, 'nine loud beavers'),
      given.accounts.assign(sub, [{ roleId: 'role-2' }]),
    ])
    const account = await stored(sub)
    expect(account.roles).toHaveLength(2)
    expect(await given.hasher.verify(account.password ?? '', 'nine loud beavers')).toBe(true)
  })

  it('disables with every session, and brings none of them back when it enables', async () => {
    const { sub } = await created()
    given.time.now += 5000
    expect(await given.accounts.disable(sub)).toMatchObject({ disabled: true, validAfter: START + 5000 })
    given.time.now += 5000
    expect(await given.accounts.enable(sub)).toMatchObject({ disabled: false, validAfter: START + 5000 })
    expect(await stored(sub)).toMatchObject({ disabled: false, validAfter: START + 5000, version: 3 })
  })

  it('changes nobody where nobody is', async () => {
    expect(await given.accounts.assign('nobody', [{ roleId: 'role-1' }])).toBeUndefined()
    expect(await given.accounts.setPassword('nobody', GOOD_PASSWORD)).toBeUndefined()
    expect(await given.accounts.disable('nobody')).toBeUndefined()
    expect(await given.accounts.enable('nobody')).toBeUndefined()
  })
})
