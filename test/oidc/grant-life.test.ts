import type { Adapter } from 'oidc-provider'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { accounts } from '../../src/domain/accounts.ts'
import type { Store } from '../../src/domain/ports.ts'
import { adapterFactory } from '../../src/oidc/adapter.ts'
import { account, HOUR, START } from '../contract/open-for-test.ts'
import { openTestStore } from '../store/sqlite/data-dir.ts'

const DAY = 24 * HOUR
const time = { now: START }
let store: Store
let grants: Adapter

beforeEach(async () => {
  time.now = START + 300
  store = await openTestStore({ now: () => time.now })
  await store.accounts.insert(account('kim'))
  grants = adapterFactory({
    artifacts: store.artifacts,
    accounts: store.accounts,
    client: async (clientId) => ({ client_id: clientId }),
    clientExistedAt: async () => true,
    now: () => time.now,
    refreshGrace: 10,
    sessions: { started: async () => undefined },
  })('Grant')
})
afterEach(() => store.close())

/** As `newGrant` makes it, or as the former release did: with whole seconds. */
const grant = (id: string, bornAt: number, clientId = 'shop') =>
  grants.upsert(
    id,
    { kind: 'Grant', accountId: 'kim', clientId, iat: bornAt / 1000, exp: bornAt / 1000 + 1e6 },
    DAY / 1000,
  )
const isAlive = async (id: string): Promise<boolean> => (await grants.find(id)) !== undefined

const rules = () =>
  accounts({
    store: store.accounts,
    hasher: { hash: async () => '' },
    now: () => time.now,
    newSub: () => 'new',
  })

describe('a client that its person removes', () => {
  it('C-25 loses what it got before, and keeps what it gets after, all within one second', async () => {
    await grant('before', START + 299)
    await grant('at the moment', START + 300)
    await rules().removeClient('kim', 'shop')
    time.now += 1
    await grant('after', START + 301)
    expect(await Promise.all(['before', 'at the moment', 'after'].map(isAlive))).toEqual([false, false, true])
  })

  it('C-25 loses a grant that is stored anew by who read it before', async () => {
    await grant('extended', START + 299)
    await rules().removeClient('kim', 'shop')
    time.now += 1
    await grant('extended', START + 299)
    expect(await isAlive('extended')).toBe(false)
  })

  it('loses grants of the former release, which knew their second only', async () => {
    await grant('old', START)
    await rules().removeClient('kim', 'shop')
    expect(await isAlive('old')).toBe(false)
  })

  it('leaves other clients alone, whatever they are called', async () => {
    const others = ['a.b$c', '__proto__', 'constructor', 'shop2']
    for (const id of others) await grant(id, START + 299, id)
    await rules().removeClient('kim', 'shop')
    expect(await Promise.all(others.map(isAlive))).toEqual([true, true, true, true])
    for (const id of others) await rules().removeClient('kim', id)
    expect(await Promise.all(others.map(isAlive))).toEqual([false, false, false, false])
  })
})

it('C-25 no grant of an account that waits for its removal is good, not even a younger one', async () => {
  await rules().scheduleDeletion('kim', { due: START + DAY, clientIds: [] })
  time.now += 5000
  await grant('after', time.now)
  expect(await isAlive('after')).toBe(false)
  await rules().cancelDeletion('kim')
  expect(await isAlive('after')).toBe(true)
})

describe('the end of all grants of a person', () => {
  it('N-07 kills what is older to the millisecond, and spares what comes after', async () => {
    await grant('before', START + 299)
    await rules().endEverything('kim')
    await grant('after', START + 301)
    expect(await Promise.all(['before', 'after'].map(isAlive))).toEqual([false, true])
  })
})
