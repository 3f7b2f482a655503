import { once } from 'node:events'
import {
  Agent,
  type ClientRequest,
  createServer,
  type IncomingMessage,
  type RequestListener,
  request,
  type Server,
} from 'node:http'
import { connect, createServer as createTcpServer, type Server as TcpServer } from 'node:net'
import { text } from 'node:stream/consumers'
import { afterEach, expect, it } from 'vitest'
import { freePort } from './free-port.ts'
import { type RoundRobin, startRoundRobin } from './round-robin.ts'

const agent = new Agent({ keepAlive: true, maxSockets: 1 })
const servers: (Server | TcpServer)[] = []
const proxies: RoundRobin[] = []

const listening = async (server: Server | TcpServer): Promise<number> => {
  const port = await freePort()
  servers.push(server.listen(port, '127.0.0.1'))
  await once(server, 'listening')
  return port
}
const target = (listener: RequestListener) => listening(createServer(listener))
/** A target that tells its name and what it got. */
const named = (name: string) =>
  target(async (incoming, answer) => {
    const body = await text(incoming)
    answer.setHeader('set-cookie', ['a=1', 'b=2'])
    answer.end(JSON.stringify({ name, method: incoming.method, body, headers: incoming.headers }))
  })
const proxied = async (ports: number[]): Promise<RoundRobin> => {
  const proxy = await startRoundRobin(ports)
  proxies.push(proxy)
  return proxy
}

const answered = (outgoing: ClientRequest): Promise<IncomingMessage> =>
  new Promise((resolve, reject) => outgoing.once('response', resolve).once('error', reject))

interface Asked {
  method?: string
  body?: string
  headers?: Record<string, string>
}
const send = async (
  { port }: RoundRobin,
  { method = 'GET', body, headers = {} }: Asked = {},
): Promise<{ incoming: IncomingMessage; body: string }> => {
  const outgoing = request({ host: '127.0.0.1', port, path: '/path?query', method, headers, agent })
  outgoing.end(body)
  const incoming = await answered(outgoing)
  return { incoming, body: await text(incoming) }
}
const ask = async (proxy: RoundRobin, asked?: Asked) => JSON.parse((await send(proxy, asked)).body)

afterEach(async () => {
  for (const proxy of proxies.splice(0)) await proxy.stop()
  for (const server of servers.splice(0)) await new Promise((resolve) => server.close(resolve))
})

it('sends every request of one connection to the next target', async () => {
  const proxy = await proxied([await named('a'), await named('b'), await named('c')])
  const names: string[] = []
  for (let n = 0; n < 7; n += 1) names.push((await ask(proxy)).name)
  expect(names.join('')).toBe('abcabca')
  expect(proxy.served()).toEqual([3, 2, 2])
})

it('passes host, headers and cookies on and tells where the request came from', async () => {
  const proxy = await proxied([await named('a')])
  const headers = {
    host: 'id.example',
    'x-own': 'yes',
    'x-forwarded-for': '192.0.2.1',
    'x-forwarded-host': 'spoof',
  }
  const { incoming, body } = await send(proxy, { headers })
  const got = JSON.parse(body).headers
  expect(got).toMatchObject({
    host: 'id.example',
    'x-own': 'yes',
    'x-forwarded-for': '192.0.2.1, 127.0.0.1',
    'x-forwarded-host': 'id.example',
    'x-forwarded-proto': 'http',
  })
  expect(incoming.headers['set-cookie']).toEqual(['a=1', 'b=2'])
  expect(incoming.headers.connection).toBe('keep-alive')
})

it('passes bodies on, of known and of unknown length, and none as none', async () => {
  const proxy = await proxied([await named('a')])
  const body = 'x'.repeat(300_000)
  const known = await ask(proxy, { method: 'POST', body, headers: { 'content-length': String(body.length) } })
  const unknown = await ask(proxy, { method: 'PUT', body, headers: { 'transfer-encoding': 'chunked' } })
  expect([known.body, unknown.body]).toEqual([body, body])
  expect(unknown.headers['content-length']).toBeUndefined()
  const none = await ask(proxy, { method: 'POST', headers: { 'content-length': '0' } })
  expect([none.method, none.body, none.headers['content-length']]).toEqual(['POST', '', '0'])
})

it('streams an answer: its beginning arrives before its end is known', async () => {
  let finish = () => {}
  const port = await target((_, answer) => {
    answer.write('begin ')
    finish = () => answer.end('end')
  })
  const outgoing = request({ host: '127.0.0.1', port: (await proxied([port])).port, agent }).end()
  const incoming = await answered(outgoing)
  const [first] = await once(incoming, 'data')
  expect(String(first)).toBe('begin ')
  finish()
  expect(await text(incoming)).toBe('end')
})

it('skips a target that refuses, and the next one gets the request with its body', async () => {
  const proxy = await proxied([await freePort(), await named('b')])
  expect(await ask(proxy, { method: 'POST', body: 'kept' })).toMatchObject({ name: 'b', body: 'kept' })
  expect(proxy.served()).toEqual([0, 1])
})

it('repeats a GET that its target did not answer, but never a POST that may have been read', async () => {
  const read: string[] = []
  const rude = createTcpServer((socket) => {
    socket.on('error', () => undefined)
    socket.once('data', (chunk) => {
      read.push(chunk.toString().slice(0, 4))
      socket.destroy()
    })
  })
  const proxy = await proxied([await listening(rude), await named('b')])
  expect(await ask(proxy)).toMatchObject({ name: 'b' })
  expect(await ask(proxy)).toMatchObject({ name: 'b' })
  expect((await send(proxy, { method: 'POST', body: 'x' })).incoming.statusCode).toBe(502)
  expect(read).toEqual(['GET ', 'POST'])
  expect(proxy.served()).toEqual([0, 2])
})

it('answers 502 when no target listens, and uses new targets from the next request on', async () => {
  const proxy = await proxied([await freePort()])
  expect((await send(proxy)).incoming.statusCode).toBe(502)
  proxy.setTargets([await named('new')])
  expect(await ask(proxy)).toMatchObject({ name: 'new' })
  proxy.setTargets([])
  expect((await send(proxy, { method: 'POST', body: 'x' })).incoming.statusCode).toBe(502)
})

it('loses no request while its targets stop listening and come back one after the other', async () => {
  const ports = [await named('a'), await named('b'), await named('c')]
  const proxy = await proxied(ports)
  const statuses = new Set<number | undefined>()
  let isOver = false
  const load = Array.from({ length: 4 }, async () => {
    while (!isOver) statuses.add((await send(proxy)).incoming.statusCode)
  })
  for (const [at, server] of servers.slice(0, 3).entries()) {
    await new Promise((resolve) => server.close(resolve))
    await ask(proxy, { method: 'POST', body: 'while one is away' })
    server.listen(ports[at], '127.0.0.1')
    await once(server, 'listening')
  }
  isOver = true
  await Promise.all(load)
  expect([...statuses]).toEqual([200])
})

it('breaks the connection of an answer whose target goes in its middle', async () => {
  const port = await target((_, answer) => {
    answer.writeHead(200, { 'content-length': '100' })
    answer.write('only this', () => answer.destroy())
  })
  await expect(send(await proxied([port]))).rejects.toThrow('aborted')
})

it('takes the request from its target when the client goes', async () => {
  const gone = Promise.withResolvers<void>()
  const arrived = Promise.withResolvers<void>()
  const port = await target((_, answer) => {
    answer.once('close', gone.resolve)
    arrived.resolve()
  })
  const socket = connect((await proxied([port])).port, '127.0.0.1')
  socket.write('GET / HTTP/1.1\r\nHost: a\r\n\r\n')
  await arrived.promise
  socket.destroy()
  await gone.promise
  expect(socket.destroyed).toBe(true)
})
