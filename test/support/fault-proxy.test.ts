import { once } from 'node:events'
import { connect, createServer, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterEach, beforeEach, expect, it } from 'vitest'
import { type FaultProxy, startFaultProxy } from './fault-proxy.ts'
import { freePort } from './free-port.ts'

interface Peer {
  socket: Socket
  received(): string
  closed: Promise<unknown>
}

const peer = (socket: Socket): Peer => {
  let text = ''
  socket.on('data', (chunk) => {
    text += chunk.toString()
  })
  socket.on('error', () => undefined)
  const closed = new Promise((resolve) => socket.once('close', resolve))
  return { socket, received: () => text, closed }
}
const until = async (reached: () => boolean): Promise<void> => {
  while (!reached()) await sleep(5)
}
/** Long enough for anything that comes through a loopback to have come. */
const settle = () => sleep(50)

const heard: string[] = []
let isMute = false
const accepted: Socket[] = []
const echo = createServer((socket) => {
  accepted.push(socket)
  socket.on('error', () => undefined)
  socket.on('data', (chunk) => {
    heard.push(chunk.toString())
    if (!isMute) socket.write(`<${chunk}>`)
  })
})
const clients: Socket[] = []
const dial = async (): Promise<Peer> => {
  const socket = connect(proxy.port, '127.0.0.1')
  clients.push(socket)
  const dialled = peer(socket)
  await once(socket, 'connect')
  return dialled
}
const exchange = async (client: Peer, text: string): Promise<void> => {
  client.socket.write(text)
  await until(() => client.received().endsWith(`<${text}>`))
}

let proxy: FaultProxy
beforeEach(async () => {
  const port = await freePort()
  echo.listen(port, '127.0.0.1')
  await once(echo, 'listening')
  proxy = await startFaultProxy({ port })
})
afterEach(async () => {
  for (const socket of clients.splice(0)) socket.destroy()
  heard.length = 0
  isMute = false
  await proxy.stop()
  await new Promise((resolve) => echo.close(resolve))
})

it('passes both ways, and the end of a connection', async () => {
  const client = await dial()
  await exchange(client, 'one')
  client.socket.end('last')
  await client.closed
  expect(client.received()).toBe('<one><last>')
})

it('passes more than the buffers hold', async () => {
  const client = await dial()
  client.socket.write('x'.repeat(5_000_000))
  await until(() => client.received().replaceAll(/[<>]/g, '').length === 5_000_000)
  expect(heard.join('')).toHaveLength(5_000_000)
})

it('closes connections and refuses new ones when cut, until it passes again', async () => {
  const client = await dial()
  await proxy.cut()
  await client.closed
  await expect(dial()).rejects.toThrow('ECONNREFUSED')
  await proxy.pass()
  await exchange(await dial(), 'again')
})

it('stays cut when it was cut right after it was told to pass', async () => {
  await proxy.cut()
  await Promise.all([proxy.pass(), proxy.cut()])
  await expect(dial()).rejects.toThrow('ECONNREFUSED')
  await Promise.all([proxy.cut(), proxy.pass(), proxy.pass()])
  await exchange(await dial(), 'again')
})

it('swallows both ways as a black hole, on old and new connections, and closes what has lost something', async () => {
  const [silent, speaking] = [await dial(), await dial()]
  await exchange(silent, 'one')
  await exchange(speaking, 'two')
  await proxy.blackhole()
  const late = await dial()
  speaking.socket.write('lost')
  late.socket.write('lost')
  await settle()
  expect(heard).toEqual(['one', 'two'])
  expect([speaking.socket.closed, late.socket.closed]).toEqual([false, false])
  await proxy.pass()
  await Promise.all([speaking.closed, late.closed])
  await exchange(silent, 'three')
  expect(heard).toEqual(['one', 'two', 'three'])
})

it('hides in a black hole that the server has gone', async () => {
  const client = await dial()
  await exchange(client, 'one')
  await proxy.blackhole()
  for (const socket of accepted.splice(0)) socket.destroy()
  await settle()
  expect(client.socket.readable).toBe(true)
  await proxy.pass()
  await client.closed
})

it('forwards a request and swallows its answer, and closes that connection afterwards', async () => {
  const [idle, client] = [await dial(), await dial()]
  await exchange(idle, 'one')
  await proxy.dropReplies()
  client.socket.write('done')
  await until(() => heard.includes('done'))
  await settle()
  expect(client.received()).toBe('')
  expect(client.socket.closed).toBe(false)
  await proxy.pass()
  await client.closed
  await exchange(idle, 'two')
})

it('delays answers in their order, and only while it is told to', async () => {
  const client = await dial()
  await proxy.delay(300)
  const before = Date.now()
  client.socket.write('slow')
  await until(() => heard.includes('slow'))
  await proxy.pass()
  client.socket.write('quick')
  await until(() => client.received().includes('<quick>'))
  expect(client.received()).toBe('<slow><quick>')
  expect(Date.now() - before).toBeGreaterThanOrEqual(295)
})

it('swallows what was under way when it becomes a black hole', async () => {
  const client = await dial()
  await proxy.delay(100)
  client.socket.write('slow')
  await until(() => heard.includes('slow'))
  await proxy.blackhole()
  await sleep(200)
  expect(client.received()).toBe('')
})

it('counts serial round trips: what is sent before an answer belongs to one, on one connection or on two', async () => {
  const [one, two] = [await dial(), await dial()]
  await exchange(one, 'a')
  await exchange(two, 'b')
  expect(proxy.bursts()).toBe(2)
  isMute = true
  one.socket.write('c')
  await until(() => heard.includes('c'))
  two.socket.write('d')
  one.socket.write('e')
  await until(() => heard.includes('d') && heard.includes('e'))
  expect(proxy.bursts()).toBe(3)
})
