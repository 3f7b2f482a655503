import { once } from 'node:events'
import { createServer, type IncomingMessage, type Server } from 'node:http'
import { connect } from 'node:net'
import { afterEach, expect, it } from 'vitest'
import type { TrustProxy } from '../../src/http/client-address.ts'
import { edge } from '../../src/http/edge.ts'

let server: Server | undefined
afterEach(() => server?.close())

const listen = async (trustProxy: TrustProxy, isStopping = false): Promise<number> => {
  const straighten = edge({ issuer: 'https://id.example', trustProxy, isStopping: () => isStopping })
  server = createServer((request: IncomingMessage, response) => {
    if (straighten(request, response)) return
    response.end(JSON.stringify({ url: request.url, headers: request.headers }))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  return address && typeof address === 'object' ? address.port : 0
}

/** Sends lines as they are, so that nothing puts them straight before the server does. */
const raw = async (port: number, lines: string[]): Promise<string> => {
  const socket = connect(port, '127.0.0.1')
  socket.end([...lines, 'Connection: close', '', ''].join('\r\n'))
  const chunks: Buffer[] = []
  for await (const chunk of socket) chunks.push(chunk)
  return Buffer.concat(chunks).toString()
}

const seen = async (port: number, headers: string[], target = '/a?b=c') => {
  const answer = await raw(port, [`GET ${target} HTTP/1.1`, ...headers])
  const body: { url: string; headers: Record<string, string> } = JSON.parse(
    answer.slice(answer.indexOf('\r\n\r\n') + 4).replace(/^[0-9a-f]+\r\n|\r\n0\r\n\r\n$/g, ''),
  )
  return body
}

it.each([
  ['a foreign Host', ['Host: evil.example']],
  ['a Host with another one in it', ['Host: a@evil.example']],
  ['X-Forwarded-Host', ['Host: id.example', 'X-Forwarded-Host: evil.example']],
  ['Forwarded', ['Host: id.example', 'Forwarded: host=evil.example;proto=http']],
])('X-27 never uses %s', async (_, headers) => {
  const { headers: kept } = await seen(await listen(true), headers)
  expect(kept.host).toBe('id.example')
  expect(JSON.stringify(kept)).not.toContain('evil')
})

it('X-27 takes path and query of an absolute-form target, and not its host', async () => {
  const { url, headers } = await seen(
    await listen(false),
    ['Host: evil.example'],
    'http://evil.example/a?b=c',
  )
  expect([url, headers.host]).toEqual(['/a?b=c', 'id.example'])
})

it.each(['*', 'ftp://evil.example/a', 'http://'])('refuses the request target %s', async (target) => {
  expect(await raw(await listen(false), [`OPTIONS ${target} HTTP/1.1`, 'Host: a'])).toMatch(/^HTTP\/1.1 400/)
})

const THOUSANDS = Array(700).fill('1.1.1.1').join(',')

it.each<[string, TrustProxy, string, string]>([
  ['an untrusted peer', false, '203.0.113.9', '127.0.0.1'],
  ['an untrusted peer with a word', false, 'a', '127.0.0.1'],
  ['an untrusted peer with many entries', false, THOUSANDS, '127.0.0.1'],
  ['a trusted proxy with garbage', true, 'a', '127.0.0.1'],
  ['one proxy, whose client invents entries', 1, '198.51.100.7, 203.0.113.9', '203.0.113.9'],
  ['two proxies', 2, '198.51.100.7, 203.0.113.9, 10.0.0.1', '203.0.113.9'],
  ['two proxies, of which one was passed by', 2, '203.0.113.9', '127.0.0.1'],
  ['a trusted proxy that saw a mapped address', 1, '::ffff:203.0.113.9', '203.0.113.9'],
  ['a trusted proxy that saw IPv6', 1, '2001:db8::1', '2001:db8::1'],
])('X-28 works out the address of %s', async (_, trust, forwarded, address) => {
  const { headers } = await seen(await listen(trust), ['Host: a', `X-Forwarded-For: ${forwarded}`])
  expect(headers['x-forwarded-for']).toBe(address)
})

it('X-29 takes the scheme from the issuer, whatever a peer claims', async () => {
  const { headers } = await seen(await listen(true), ['Host: a', 'X-Forwarded-Proto: http'])
  expect(headers['x-forwarded-proto']).toBe('https')
})

it('gives every request an id of its own and takes none from outside', async () => {
  const port = await listen(false)
  const ids = await Promise.all([1, 2].map(() => seen(port, ['Host: a', 'X-Request-Id: mine'])))
  expect(new Set(ids.map(({ headers }) => headers['x-request-id'])).size).toBe(2)
  expect(JSON.stringify(ids)).not.toContain('mine')
})

it('R-16 keeps no connection while it stops', async () => {
  const answer = await fetch(`http://127.0.0.1:${await listen(false, true)}/`)
  expect(answer.headers.get('connection')).toBe('close')
})
