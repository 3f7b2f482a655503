import { beforeEach, expect, it } from 'vitest'
import { type Access, access } from '../../../src/domain/access/access.ts'
import { type Evaluate, evaluation } from '../../../src/domain/access/evaluation.ts'
import { findSubject } from '../../../src/domain/access/inquiry.ts'
import type { AccessModel } from '../../../src/domain/access/model.ts'
import { storeUnavailable } from '../../../src/store/unavailable.ts'
import { account } from '../../contract/open-for-test.ts'
import { openTestStore } from '../../store/sqlite/data-dir.ts'

const ORDERS = 'https://orders.example/api'
const model = (permissions: string[]): AccessModel => ({
  resources: [
    {
      identifier: ORDERS,
      name: 'Orders',
      permissions: ['read', 'write'],
      accessTokenFormat: 'jwt',
      types: ['order'],
    },
  ],
  roles: [
    { id: 'role-1', name: 'clerk', permissions: { [ORDERS]: permissions }, includes: [], default: false },
  ],
})

let store: Awaited<ReturnType<typeof openTestStore>>
let rules: Access
let evaluate: Evaluate
/** Look-ups of accounts by their sub. */
let looked: string[]

beforeEach(async () => {
  store = await openTestStore()
  looked = []
  const client = async () => undefined
  rules = await access({
    documents: store.documents,
    onChange: store.onChange,
    issuer: 'https://id.example',
    defaultResource: 'https://id.example/api',
    now: Date.now,
    account: (sub) => store.accounts.find(sub),
    client,
  })
  const accounts = {
    ...store.accounts,
    async find(sub: string) {
      looked.push(sub)
      return store.accounts.find(sub)
    },
  }
  evaluate = evaluation({
    access: rules,
    find: findSubject({ accounts, access: rules, client }),
    now: Date.now,
  })
  await rules.change(() => model(['read']))
  await store.accounts.insert(account('kim'))
})

const inquiry = (action: string, id = 'kim') => ({
  subject: { type: 'user', id, properties: {} },
  action,
  resource: { type: 'order', id: '1', properties: {} },
  context: {},
})

it('sees a change of a role, of an account and of its assignments at once', async () => {
  const decision = async () => (await evaluate([inquiry('write')]))[0]
  expect(await decision()).toBe(false)
  await rules.change(() => model(['write']))
  expect(await decision()).toBe(true)
  await store.accounts.replace(account('kim', { roles: [] }))
  expect(await decision()).toBe(false)
  await store.accounts.replace(account('kim', { version: 2 }))
  expect(await decision()).toBe(true)
  await store.accounts.replace(account('kim', { version: 3, disabled: true }))
  expect(await decision()).toBe(false)
  await store.accounts.remove('kim')
  expect(await decision()).toBe(false)
})

it('decides in order, and stops after the decision that ends it', async () => {
  const inquiries = ['read', 'write', 'read', 'write'].map((action) => inquiry(action))
  expect(await evaluate(inquiries)).toEqual([true, false, true, false])
  expect(await evaluate(inquiries, false)).toEqual([true, false])
  expect(await evaluate(inquiries, true)).toEqual([true])
  expect(await evaluate([])).toEqual([])
})

it('looks for each subject once, and tells them apart by type and id', async () => {
  const other = { ...inquiry('read'), subject: { type: 'client', id: 'kim', properties: {} } }
  const inquiries = [inquiry('read'), inquiry('write'), other, inquiry('read', 'lee'), inquiry('read')]
  expect(await evaluate(inquiries)).toEqual([true, false, false, false, true])
  expect(looked).toEqual(['kim', 'lee'])
})

it('does not deny what it cannot know', async () => {
  const find = async (): Promise<never> => {
    throw storeUnavailable('away')
  }
  const blind = evaluation({ access: rules, find, now: Date.now })
  await expect(blind([inquiry('read')])).rejects.toMatchObject({ code: 'store_unavailable' })
  await store.close()
  await expect(evaluate([inquiry('read', 'lee')])).rejects.toMatchObject({ code: 'store_unavailable' })
})
