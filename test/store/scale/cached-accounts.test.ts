import { beforeEach, expect, it } from 'vitest'
import type { Account, AccountStore } from '../../../src/domain/ports.ts'
import { refuse } from '../../../src/errors.ts'
import { type CachedAccounts, cachedAccounts } from '../../../src/store/scale/cached-accounts.ts'
import { account } from '../../contract/open-for-test.ts'
import { openTestStore } from '../sqlite/data-dir.ts'

let store: AccountStore
let cached: CachedAccounts
/** Look-ups that reached the store. */
let asked: string[]
/** Runs after a look-up in the store, before its answer. */
let meanwhile: () => Promise<void>

beforeEach(async () => {
  store = (await openTestStore()).accounts
  asked = []
  meanwhile = async () => undefined
  const find: AccountStore['find'] = async (sub) => {
    asked.push(sub)
    const found = await store.find(sub)
    await meanwhile()
    return found
  }
  cached = cachedAccounts({ ...store, find, present: find })
  await store.insert(account('kim'))
})

const disable = async (sub: string): Promise<void> => {
  const present = await store.find(sub)
  if (present) await store.replace({ ...present, disabled: true })
}
const isDisabled = async (sub: string): Promise<Account['disabled'] | undefined> =>
  (await cached.find(sub))?.disabled

it('asks the store once for an account, until it is told of a change', async () => {
  expect([await isDisabled('kim'), await isDisabled('kim')]).toEqual([false, false])
  expect(asked).toEqual(['kim'])
  await disable('kim')
  cached.forget('kim')
  expect(await isDisabled('kim')).toBe(true)
})

it('keeps the others when one account changes, and none when any may have changed', async () => {
  await store.insert(account('lee'))
  await cached.find('kim')
  await cached.find('lee')
  cached.forget('kim')
  await cached.find('lee')
  expect(asked).toEqual(['kim', 'lee'])
  cached.forget(undefined)
  await cached.find('lee')
  expect(asked).toEqual(['kim', 'lee', 'lee'])
})

it('does not remember what was read before it was told of a change', async () => {
  meanwhile = async () => {
    meanwhile = async () => undefined
    await disable('kim')
    cached.forget('kim')
  }
  expect(await isDisabled('kim')).toBe(false)
  expect(await isDisabled('kim')).toBe(true)
})

it('gives the present account whatever is in memory, and nothing older after it', async () => {
  await cached.find('kim')
  await disable('kim')
  expect(await isDisabled('kim')).toBe(false)
  expect((await cached.present('kim'))?.disabled).toBe(true)
  expect(await isDisabled('kim')).toBe(true)
  expect(asked).toEqual(['kim', 'kim'])
})

it('does not remember what was read before the present account was', async () => {
  meanwhile = async () => {
    meanwhile = async () => undefined
    await disable('kim')
    await cached.present('kim')
  }
  expect(await isDisabled('kim')).toBe(false)
  expect(await isDisabled('kim')).toBe(true)
})

it('keeps what is in memory while the present account cannot be read', async () => {
  await cached.find('kim')
  meanwhile = () => Promise.reject(refuse('store_unavailable'))
  await expect(cached.present('kim')).rejects.toMatchObject({ code: 'store_unavailable' })
  expect(await isDisabled('kim')).toBe(false)
})

it('does not remember a present account of which it was told a change meanwhile', async () => {
  meanwhile = async () => {
    meanwhile = async () => undefined
    await disable('kim')
    cached.forget('kim')
  }
  expect((await cached.present('kim'))?.disabled).toBe(false)
  expect(await isDisabled('kim')).toBe(true)
})

it('finds an account that is gone no more, once its absence was seen', async () => {
  await cached.find('kim')
  await store.remove('kim')
  expect(await cached.present('kim')).toBeUndefined()
  expect(await cached.find('kim')).toBeUndefined()
})

it('remembers nobody as absent', async () => {
  expect(await cached.find('new')).toBeUndefined()
  await store.insert(account('new'))
  expect(await cached.find('new')).toBeDefined()
})

it('is not changed by what a caller does to an account it was given', async () => {
  for (const given of [await cached.find('kim'), await cached.find('kim')])
    given?.roles.push({ roleId: 'admin' })
  expect((await cached.find('kim'))?.roles).toEqual([{ roleId: 'role-1' }])
})
