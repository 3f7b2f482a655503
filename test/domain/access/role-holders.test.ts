import { randomBytes } from 'node:crypto'
import { expect, it } from 'vitest'
import { sealer } from '../../../src/adapters/sealer.ts'
import type { User } from '../../../src/domain/access/edit.ts'
import { roleHolders } from '../../../src/domain/access/role-holders.ts'
import { clientRegistry } from '../../../src/domain/clients/registry.ts'
import type { Assignment } from '../../../src/domain/ports.ts'
import { account } from '../../contract/open-for-test.ts'
import { openTestStore } from '../../store/sqlite/data-dir.ts'

const WHOLE: Assignment = { roleId: 'wanted' }
const NARROW: Assignment = { roleId: 'wanted', on: { type: 'record', id: '1' } }
const OTHER: Assignment = { roleId: 'other' }

/** Five accounts and three clients, of which `odd` have another role only. */
const arrange = async (accounts = 5) => {
  const store = await openTestStore()
  for (let index = 0; index < accounts; index++)
    await store.accounts.insert(account(`person-${index}`, { roles: [index % 2 ? NARROW : WHOLE, OTHER] }))
  await store.accounts.insert(account('odd', { roles: [OTHER] }))
  const clients = clientRegistry({
    issuer: 'https://gate.example',
    store: store.clients,
    accounts: store.accounts,
    onChange: store.onChange,
    sealer: sealer([randomBytes(32)]),
    random: randomBytes,
    now: Date.now,
  })
  for (const [id, assignments] of [
    ['b-tool', [NARROW]],
    ['a-tool', [WHOLE]],
    ['odd-tool', [OTHER]],
  ] as const) {
    await clients.create({ client_id: id, redirect_uris: [], grant_types: ['client_credentials'] })
    await clients.assign(id, assignments)
  }
  const find = (sub: string) => store.accounts.find(sub)
  const holders = roleHolders({
    accounts: {
      find,
      holding: (options) => store.accounts.holding(options),
      async unassign(sub, isGone) {
        const found = await find(sub)
        if (!found) return undefined
        const changed = { ...found, roles: found.roles.filter((each) => !isGone(each)) }
        await store.accounts.replace(changed)
        return changed
      },
    },
    clients,
    access: { admins: async () => ['person-1', 'gone'] },
  })
  return { store, clients, holders, find }
}

const idsOf = (users: readonly User[]): string[] => users.map(({ kind, id }) => `${kind} ${id}`)

it.each([1, 2, 3, 5, 6, 7, 50])('a role has each holder once, in pages of %i', async (limit) => {
  const { holders } = await arrange()
  const all: User[] = []
  for (let last: User | undefined; ; ) {
    const page = await holders.page('wanted', { after: last, limit })
    expect(page.length).toBeLessThanOrEqual(limit)
    all.push(...page)
    last = page.at(-1)
    if (page.length < limit) break
  }
  const people = [0, 1, 2, 3, 4].map((index) => `account person-${index}`)
  expect(idsOf(all)).toEqual([...people, 'client a-tool', 'client b-tool'])
})

it('it is taken from all of them, whatever narrows it, and what else they have stays', async () => {
  const { holders, find, clients, store } = await arrange(230)
  await holders.release('wanted')
  expect(await holders.page('wanted', { limit: 10 })).toEqual([])
  expect((await find('person-229'))?.roles).toEqual([OTHER])
  expect((await clients.registered('odd-tool'))?.assignments).toEqual([OTHER])
  expect(await store.accounts.holding({ roleIds: ['other'], limit: 500 })).toHaveLength(231)
})

it('holders of admin are those who are there', async () => {
  const { holders } = await arrange()
  expect(idsOf(await holders.admins())).toEqual(['account person-1'])
})
