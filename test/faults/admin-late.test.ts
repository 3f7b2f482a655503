import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { refuse } from '../../src/errors.ts'
import {
  type AdminAnswer,
  type AdminCalls,
  adminCalls,
  adminSeed,
  machineToken,
  ops,
} from '../flows/admin-subject.ts'
import { type LateServer, type StoreCall, startLateServer } from '../support/late-server.ts'

let server: LateServer
let all: AdminCalls
let pause: (call: StoreCall) => Promise<void> = async () => undefined

beforeAll(async () => {
  server = await startLateServer({
    seed: adminSeed,
    pause: (call) => pause(call),
    env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1' },
  })
  all = adminCalls(server, await machineToken(server, ops))
})
afterEach(() => {
  pause = async () => undefined
})
afterAll(() => server?.stop())

const make = (name: string, key: string): Promise<AdminAnswer> =>
  all.post('/admin/roles', { name }, { 'idempotency-key': key })

const awayAt =
  (operation: StoreCall['operation']): typeof pause =>
  async (call) => {
    if (call.model === 'IdempotentAnswer' && call.operation === operation)
      throw refuse('store_unavailable', { retryAfter: 1 })
  }

it('R-03 nothing is made where the key of a creation cannot be kept', async () => {
  pause = awayAt('putIf')
  const answer = await make('unkept', 'unkept')
  expect([answer.status, answer.body.code, answer.headers.get('retry-after')]).toEqual([
    503,
    'store_unavailable',
    '1',
  ])
  expect((await all.get('/admin/roles/unkept')).status).toBe(404)
})

it('what is made is told, also where the answer cannot be kept', async () => {
  pause = awayAt('put')
  expect((await make('told', 'told')).status).toBe(201)
})

it('a creation is not begun again while it runs, and its answer is the answer to all that come later', async () => {
  let go: () => void = () => undefined
  const held = new Promise<void>((resolve) => {
    go = resolve
  })
  pause = async ({ model, operation }) => {
    if (model === 'IdempotentAnswer' && operation === 'putIf') await held
  }
  const first = make('held', 'held')
  await sleep(100)
  pause = async () => undefined
  const second = await make('held', 'held')
  expect([second.status, second.body.code]).toEqual([409, 'request_in_progress'])
  go()
  const made = await first
  expect(made.status).toBe(201)
  expect(await make('held', 'held')).toMatchObject({ status: 201, text: made.text })
})

it('what was refused is not kept: the same key may try again', async () => {
  expect((await make('held', 'again')).status).toBe(409)
  expect((await all.remove('/admin/roles/held')).status).toBe(204)
  expect((await make('held', 'again')).status).toBe(201)
})
