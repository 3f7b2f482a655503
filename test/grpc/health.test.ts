import { afterEach, expect, it, vi } from 'vitest'
import { arrangeGrpc, CHECK, WATCH } from './arrange.ts'

let at: Awaited<ReturnType<typeof arrangeGrpc>> | undefined
afterEach(() => at?.end())

const SERVING = { status: 'SERVING' }
const NOT_SERVING = { status: 'NOT_SERVING' }

it('Check: is serving, as a whole and each of its services, for a caller without a token', async () => {
  at = await arrangeGrpc()
  for (const service of ['', 'gatehouse.v1.Access', 'gatehouse.v1.Tokens', 'gatehouse.v1.Accounts'])
    expect(await at.client.call(CHECK, { service })).toMatchObject({ code: 'OK', body: SERVING })
  expect((await at.client.call(CHECK, { service: 'gatehouse.v1.Nothing' })).code).toBe('NOT_FOUND')
  expect(at.lines).toEqual([])
})

it('Check: is not serving while its store is away', async () => {
  at = await arrangeGrpc({ check: () => Promise.reject(new Error('away')) })
  expect((await at.client.call(CHECK, {})).body).toEqual(NOT_SERVING)
})

it('Watch: tells the present at once and each change, once', async () => {
  let isAway = false
  at = await arrangeGrpc({
    check: async () => {
      if (isAway) throw new Error('away')
    },
  })
  const { messages, cancel, ended } = at.client.stream(WATCH, { service: 'gatehouse.v1.Access' })
  await vi.waitFor(() => expect(messages).toEqual([SERVING]))
  isAway = true
  await vi.waitFor(() => expect(messages).toEqual([SERVING, NOT_SERVING]), 5000)
  isAway = false
  await vi.waitFor(() => expect(messages).toEqual([SERVING, NOT_SERVING, SERVING]), 5000)
  cancel()
  expect(await ended).toBe('CANCELLED')
})

it('Watch: says of an unknown service that it is unknown, and keeps the stream open', async () => {
  at = await arrangeGrpc()
  const { messages, cancel, ended } = at.client.stream(WATCH, { service: 'gatehouse.v1.Nothing' })
  await vi.waitFor(() => expect(messages).toEqual([{ status: 'SERVICE_UNKNOWN' }]))
  cancel()
  expect(await ended).toBe('CANCELLED')
})

it('Watch: has room for a hundred, and for another one when one of them has gone', async () => {
  at = await arrangeGrpc()
  const { client } = at
  const watchers = Array.from({ length: 100 }, () => client.stream(WATCH, {}))
  await vi.waitFor(() => expect(watchers.every(({ messages }) => messages.length === 1)).toBe(true), 5000)
  expect(await client.stream(WATCH, {}).ended).toBe('RESOURCE_EXHAUSTED')
  watchers[0]?.cancel()
  await vi.waitFor(async () => {
    const another = client.stream(WATCH, {})
    await vi.waitFor(() => expect(another.messages).toEqual([SERVING]), 500)
  }, 5000)
  for (const { cancel } of watchers) cancel()
})
