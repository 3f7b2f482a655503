import { once } from 'node:events'
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

it('a fault of our own stays one', async () => {
  const call = run('accounts.find', () => Promise.reject(new TypeError('not a function')))
  await expect(call).rejects.toBeInstanceOf(TypeError)
})
