import { describe, expect, it } from 'vitest'
import { parseEmail } from '../../../src/domain/email.ts'
import { ensureAdmin, type FirstAdminOptions } from '../../../src/domain/seed/first-admin.ts'
import { account, parallel } from '../../contract/open-for-test.ts'
import { arrangeSeed, ISSUER } from './arrange.ts'

const BOOTSTRAP = { development: false, email: 'Boss@example.com', password: 'seven quiet otters' }

const arrange = async () => {
  const arranged = await arrangeSeed()
  const { parts, policy, random } = arranged
  const adminParts = { ...parts, random, parseEmail, passwordFaults: policy.faults }
  return { ...arranged, adminParts, ensure: (options: FirstAdminOptions) => ensureAdmin(adminParts, options) }
}

it('makes admin@localhost with a readable password of 100 bits in development, once', async () => {
  const { ensure, accounts, hasher, rules, policy } = await arrange()
  const made = await ensure({ development: true })
  if (made.kind !== 'created' || made.password === undefined) throw new Error('no password was made')
  expect(made.email).toBe('admin@localhost')
  expect(made.password).toMatch(/^([a-km-np-z2-9]{4}-){4}[a-km-np-z2-9]{4}$/)
  expect(policy.faults(made.password, { email: made.email })).toEqual([])
  const found = await accounts.findByEmail('admin@localhost')
  expect(found?.emailVerified).toBe(true)
  expect(await hasher.verify(found?.password ?? '', made.password)).toBe(true)
  expect(await rules.ofPerson(found?.sub ?? '', `${ISSUER}/admin`)).toContain('accounts:write')
  expect(await rules.roles(found?.sub ?? '')).toEqual(['admin'])
  expect(await ensure({ development: true })).toEqual({ kind: 'exists' })
})

describe('in production', () => {
  it('makes nobody without BOOTSTRAP_ADMIN_EMAIL, and whom it names otherwise', async () => {
    const { ensure, accounts, rules, store } = await arrange()
    expect(await ensure({ development: false })).toEqual({ kind: 'none' })
    expect(await store.accounts.list({ limit: 10 })).toEqual([])
    expect(await ensure(BOOTSTRAP)).toEqual({
      kind: 'created',
      email: 'Boss@example.com',
      password: undefined,
    })
    const found = await accounts.findByEmail('boss@example.com')
    expect(await rules.roles(found?.sub ?? '')).toEqual(['admin'])
  })

  it('uses it only as long as there is no admin', async () => {
    const { ensure, rules, store } = await arrange()
    await store.accounts.insert(account('kim'))
    await rules.grantAdmin('kim')
    expect(await ensure(BOOTSTRAP)).toEqual({ kind: 'exists' })
    expect(await store.accounts.list({ limit: 10 })).toHaveLength(1)
  })

  it('makes nobody admin who has registered the address already (C-15)', async () => {
    const { ensure, rules, store, accounts } = await arrange()
    await store.accounts.insert(account('stranger', { emailKey: 'boss@example.com' }))
    const before = await accounts.find('stranger')
    expect(await ensure(BOOTSTRAP)).toMatchObject({ kind: 'refused' })
    expect(await accounts.find('stranger')).toEqual(before)
    expect(await rules.ofPerson('stranger', `${ISSUER}/admin`)).toEqual([])
  })

  it.each([
    ['an address that is none', { email: 'boss' }, 'BOOTSTRAP_ADMIN_EMAIL'],
    ['a weak password', { password: 'hunter2' }, 'BOOTSTRAP_ADMIN_PASSWORD'],
  ])('refuses %s, and does not repeat the password', async (_, changes, setting) => {
    const { ensure, store } = await arrange()
    const outcome = await ensure({ ...BOOTSTRAP, ...changes })
    expect(outcome).toMatchObject({ kind: 'refused', fault: expect.stringContaining(setting) })
    expect(JSON.stringify(outcome)).not.toMatch(/hunter2|otters/)
    expect(await store.accounts.list({ limit: 10 })).toEqual([])
  })
})

it.each([{ development: true }, BOOTSTRAP])(
  'makes one admin for servers that start at once: %j',
  async (options) => {
    const { ensure, beside, adminParts, store, rules } = await arrange()
    const others = await parallel(3, async () => {
      const { parts } = await beside()
      return () => ensureAdmin({ ...adminParts, ...parts }, options)
    })
    const outcomes = await Promise.all([ensure(options), ...others.map((each) => each())])
    expect(outcomes.map(({ kind }) => kind).sort()).toEqual(['created', 'exists', 'exists', 'exists'])
    const [only, ...more] = await store.accounts.list({ limit: 10 })
    expect(more).toEqual([])
    expect(await rules.roles(only?.sub ?? '')).toEqual(['admin'])
  },
)

it('finishes what a process began before it died', async () => {
  const { ensure, adminParts, accounts, rules } = await arrange()
  const died = () => Promise.reject(new Error('killed'))
  const atCreate = { ...adminParts, accounts: { ...accounts, create: died } }
  await expect(ensureAdmin(atCreate, BOOTSTRAP)).rejects.toThrow('killed')
  const atGrant = { ...adminParts, access: { ...rules, grantAdmin: died } }
  await expect(ensureAdmin(atGrant, BOOTSTRAP)).rejects.toThrow('killed')
  const found = await accounts.findByEmail('boss@example.com')
  expect(await rules.roles(found?.sub ?? '')).toEqual([])
  expect(await ensure(BOOTSTRAP)).toEqual({ kind: 'exists' })
  expect(await rules.roles(found?.sub ?? '')).toEqual(['admin'])
})

it('makes another first admin, with another sub, when the only one is gone', async () => {
  const { ensure, store } = await arrange()
  await ensure(BOOTSTRAP)
  const [first] = await store.accounts.list({ limit: 10 })
  await store.accounts.remove(first?.sub ?? '')
  expect(await ensure(BOOTSTRAP)).toMatchObject({ kind: 'created' })
  const [second] = await store.accounts.list({ limit: 10 })
  expect(second?.sub).not.toBe(first?.sub)
})
