import { once } from 'node:events'
import { stat } from 'node:fs/promises'
import { connect, createServer } from 'node:net'
import { expect, it } from 'vitest'
import { calls } from '../../../src/store/mongo/calls.ts'

const { run } = calls({ metrics: { store: () => undefined }, limit: 1_000 })

/** What Node says of a write to a connection whose other end has just gone. */
const brokenPipe = async (): Promise<unknown> => {
  const server = createServer((peer) => peer.end()).listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  const socket = connect(address.port, '127.0.0.1').resume()
  await once(socket, 'end')
  const [error] = await Promise.all([once(socket, 'error').then(([reason]) => reason), socket.write('late')])
  server.close()
  return error
}

it('R-02 a connection that ended before it was written to is a store that is away', async () => {
  const error = await brokenPipe()
  expect(error).toMatchObject({ code: 'EPIPE' })
  const call = run('accounts.find', () => Promise.reject(error))
  await expect(call).rejects.toMatchObject({ code: 'store_unavailable', status: 503 })
})

it('R-02 an answer that came while the process itself was held up is no late one', async () => {
  const { run } = calls({ metrics: { store: () => undefined }, limit: 50 })
  const call = run('accounts.find', () => stat(import.meta.dirname))
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 200)
  expect((await call).isDirectory()).toBe(true)
})

it('R-02 a call that gets no answer ends in time', async () => {
  const { run } = calls({ metrics: { store: () => undefined }, limit: 50 })
  const call = run('accounts.find', () => new Promise(() => undefined))
  await expect(call).rejects.toMatchObject({ code: 'store_unavailable' })
})

it('a fault of our own stays one', async () => {
  const call = run('accounts.find', () => Promise.reject(new TypeError('not a function')))
  await expect(call).rejects.toBeInstanceOf(TypeError)
})
