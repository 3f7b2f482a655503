import { once } from 'node:events'
import { connect } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, expect, it, vi } from 'vitest'
import { arrangeGrpc, CHECK, EVALUATE, gate, good, question, WATCH } from './arrange.ts'

let at: Awaited<ReturnType<typeof arrangeGrpc>> | undefined
afterEach(() => at?.end())

it('finishes the calls under way, takes no new ones, and tells who watches its health at once', async () => {
  const { begun, open, pass } = gate()
  at = await arrangeGrpc({
    evaluate: async () => {
      await pass()
      return [true]
    },
  })
  const { messages, ended } = at.client.stream(WATCH, {})
  await vi.waitFor(() => expect(messages).toHaveLength(1))
  const call = at.client.call(EVALUATE, question, good)
  await begun
  const stopped = at.server.stop({ delay: 0, timeout: 10 })
  expect(await ended).toBe('OK')
  expect(messages.at(-1)).toEqual({ status: 'NOT_SERVING' })
  expect((await at.client.call(CHECK, {}, { deadline: 300 })).code).not.toBe('OK')
  open()
  expect(await call).toMatchObject({ code: 'OK', body: { decision: true } })
  await stopped
})

it('goes on serving for the delay, not healthy, so that others are asked', async () => {
  at = await arrangeGrpc()
  const { client, server } = at
  const stopped = server.stop({ delay: 1, timeout: 5 })
  expect((await client.call(CHECK, {})).body).toEqual({ status: 'NOT_SERVING' })
  expect((await client.call(EVALUATE, question, good)).code).toBe('OK')
  await stopped
})

it('stays healthy until the end where another process goes on to serve the port', async () => {
  at = await arrangeGrpc()
  const { client, server } = at
  const stopped = server.stop({ delay: 1, timeout: 5, handsOver: true })
  expect((await client.call(CHECK, {})).body).toEqual({ status: 'SERVING' })
  await stopped
})

it('cuts what does not end in time, a connection that says nothing too', async () => {
  const { begun, open, pass } = gate()
  at = await arrangeGrpc({
    evaluate: async () => {
      await pass()
      return [true]
    },
  })
  const { client, server, port } = at
  const silent = connect(port, '127.0.0.1')
  await once(silent, 'connect')
  const call = client.call(EVALUATE, question, good)
  await begun
  const started = performance.now()
  await server.stop({ delay: 0, timeout: 1 })
  expect(performance.now() - started).toBeLessThan(3000)
  expect(['CANCELLED', 'UNAVAILABLE', 'INTERNAL']).toContain((await call).code)
  open()
})

it('lives on when connections are reset or send what is no HTTP/2', async () => {
  at = await arrangeGrpc()
  for (const bytes of ['', 'GET / HTTP/1.1\r\n\r\n', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n', '\0'.repeat(5000)]) {
    const socket = connect(at.port, '127.0.0.1')
    socket.on('error', () => undefined)
    await once(socket, 'connect')
    socket.write(bytes)
    await sleep(20)
    socket.resetAndDestroy()
  }
  expect((await at.client.call(EVALUATE, question, good)).code).toBe('OK')
})
