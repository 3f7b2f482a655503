import { expect, it } from 'vitest'
import type { AccessModel } from '../../../src/domain/access/model.ts'
import { completed } from '../../../src/domain/clients/metadata.ts'
import type { RegisteredClient } from '../../../src/domain/clients/replacing.ts'
import { type PlannedStep, planSeed } from '../../../src/domain/seed/plan.ts'
import type { Seed } from '../../../src/domain/seed/schema.ts'
import { account } from '../../contract/open-for-test.ts'

const ORDERS = 'https://orders.example/api'
const model: AccessModel = {
  resources: [
    { identifier: ORDERS, name: 'Orders', permissions: ['read'], accessTokenFormat: 'jwt', types: ['order'] },
  ],
  roles: [
    { id: 'r', name: 'reader', permissions: { [ORDERS]: ['read'] }, includes: [], default: false },
    { id: 'b', name: 'boss', permissions: {}, includes: ['r'], default: true },
  ],
}
const shop: RegisteredClient = {
  client: completed({ client_id: 'shop', redirect_uris: ['https://shop.example/cb'] }),
  disabled: false,
  assignments: [{ roleId: 'r' }],
  demo: false,
  formerSecretUntil: undefined,
}
const kim = account('kim', { roles: [{ roleId: 'r' }] })

const planned = (seed: Partial<Seed>): Promise<PlannedStep[]> =>
  planSeed(
    { resources: [], roles: [], clients: [], accounts: [], ...seed },
    {
      model,
      client: async (id) => (id === 'shop' ? shop : undefined),
      isSecret: async (_id, secret) => secret === 'present',
      account: async ({ emailKey }) => (emailKey === kim.emailKey ? kim : undefined),
    },
  )
const person = { email: kim.email, emailKey: kim.emailKey }

const cases: [what: string, seed: Partial<Seed>, action: PlannedStep['action'], changes: object[]][] = [
  ['a resource as it is', { resources: [{ identifier: ORDERS, permissions: ['read'] }] }, 'keep', []],
  [
    'a resource with more',
    { resources: [{ identifier: ORDERS, permissions: ['read', 'write'] }] },
    'change',
    [{ member: 'permissions', from: ['read'], to: ['read', 'write'] }],
  ],
  ['a role that is only named', { roles: [{ name: 'boss' }] }, 'keep', []],
  [
    'a role that includes another one, by names',
    { roles: [{ name: 'boss', includes: [] }] },
    'change',
    [{ member: 'includes', from: ['reader'], to: [] }],
  ],
  ['a client that is only named', { clients: [{ client_id: 'shop' }] }, 'keep', []],
  [
    'a client with its present secret',
    { clients: [{ client_id: 'shop', client_secret: 'present' }] },
    'keep',
    [],
  ],
  [
    'a client with another secret, which is not told',
    { clients: [{ client_id: 'shop', client_secret: 'another' }] },
    'change',
    [{ member: 'client_secret', from: undefined, to: 'changes' }],
  ],
  [
    'the roles of a client, which it replaces',
    { clients: [{ client_id: 'shop', roles: [{ role: 'boss' }] }] },
    'change',
    [{ member: 'roles', from: [{ role: 'reader' }], to: [{ role: 'boss' }] }],
  ],
  [
    'an account with a role that it has',
    { accounts: [{ ...person, roles: [{ role: 'reader' }] }] },
    'keep',
    [],
  ],
  [
    'an account with a role that it lacks',
    { accounts: [{ ...person, name: 'Another name', roles: [{ role: 'boss' }] }] },
    'change',
    [{ member: 'roles', from: [{ role: 'reader' }], to: [{ role: 'reader' }, { role: 'boss' }] }],
  ],
  [
    'a new account, whose password is not told',
    { accounts: [{ email: 'a@example.com', emailKey: 'a@example.com', password: 'whispered' }] },
    'create',
    [
      { member: 'email_verified', from: undefined, to: false },
      { member: 'password', from: undefined, to: 'is set' },
      { member: 'roles', from: undefined, to: [] },
    ],
  ],
]

it.each(cases)('plans %s', async (_what, seed, action, changes) => {
  expect(await planned(seed)).toMatchObject([{ action, changes }])
})

it('plans the same again, also where ids will be made', async () => {
  const seed = {
    roles: [{ name: 'new' }, { name: 'newer', includes: ['new'] }],
    accounts: [{ ...person, roles: [{ role: 'newer' }] }],
  }
  const [first, second] = [await planned(seed), await planned(seed)]
  expect(first).toEqual(second)
  expect(first.map(({ action }) => action)).toEqual(['create', 'create', 'change'])
  expect(first[1]?.changes).toContainEqual({ member: 'includes', from: undefined, to: ['new'] })
})
