import { afterAll, afterEach, beforeAll, expect, it } from 'vitest'
import { shop, startSubject } from '../flows/subject.ts'
import type { RunningServer } from '../support/server.ts'
import { wire } from './wire.ts'

let server: RunningServer

beforeAll(async () => {
  server = await startSubject()
})
afterAll(() => server?.stop())
afterEach(async () => {
  expect((await fetch(`${server.issuer}/livez`)).status).toBe(200)
})

const BASIC = `Authorization: Basic ${Buffer.from(`shop:${shop.clientSecret}`).toString('base64')}`
const FORM = 'Content-Type: application/x-www-form-urlencoded'
const head = (target: string, ...lines: string[]): string[] => [
  `POST ${target} HTTP/1.1`,
  'Host: a',
  ...lines,
]
/** A whole message: a head, its empty line and a body. */
const message = (lines: string[], body: string | Buffer): Buffer =>
  Buffer.concat([Buffer.from([...lines, 'Connection: close', '', ''].join('\r\n')), Buffer.from(body)])
it.each([
  [
    'a length and chunks',
    ['Content-Length: 3', 'Transfer-Encoding: chunked'],
    '0\r\n\r\nGET /livez HTTP/1.1\r\nHost: a\r\n\r\n',
  ],
  ['two lengths', ['Content-Length: 0', 'Content-Length: 40'], 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['a length with a sign', ['Content-Length: +3'], 'a=b'],
  ['a length below zero', ['Content-Length: -1'], 'a=b'],
  ['a length in hexadecimal', ['Content-Length: 0x3'], 'a=b'],
  ['a length beyond all numbers', ['Content-Length: 99999999999999999999999'], 'a=b'],
  ['an unknown transfer coding', ['Transfer-Encoding: xchunked'], '0\r\n\r\n'],
  ['chunks that are not last', ['Transfer-Encoding: chunked, identity'], '0\r\n\r\n'],
  ['a broken chunk', ['Transfer-Encoding: chunked'], 'zz\r\na=b\r\n0\r\n\r\n'],
  ['a blank before the colon', ['Content-Length : 3'], 'a=b'],
  ['a folded line', ['X-Folded: a', ' b: c'], ''],
  ['a lone carriage return', ['X-Lone: a\rContent-Length: 3'], 'a=b'],
  ['NUL in a header', ['X-Nul: a\0b'], ''],
])('X-39 refuses a message with %s, and takes nothing in it for another one', async (_, lines, body) => {
  const { statuses } = await wire(server, message(head('/oauth2/token', BASIC, FORM, ...lines), body))
  expect(statuses).toEqual([400])
})

it.each([
  ['a TLS hello', Buffer.from('16030100c8010000c40303', 'hex')],
  ['the preface of HTTP/2', 'PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n'],
  ['no HTTP', 'EHLO evil.example\r\n'],
  ['an unknown method', 'STEAL / HTTP/1.1\r\nHost: a\r\n\r\n'],
  ['another protocol version', 'GET / HTTP/9.9\r\nHost: a\r\n\r\n'],
])('X-39 refuses %s', async (_, bytes) => {
  expect((await wire(server, bytes)).statuses).toEqual([400])
})

it('X-39 answers 431 to a head of more than 16 KiB', async () => {
  expect((await wire(server, head('/oauth2/token', `X-Big: ${'x'.repeat(20_000)}`))).statuses).toEqual([431])
  expect((await wire(server, [`GET /?${'x'.repeat(20_000)} HTTP/1.1`, 'Host: a'])).statuses).toEqual([431])
  const many = Array.from({ length: 3000 }, (_, index) => `X-${index}: x`)
  expect((await wire(server, head('/oauth2/token', ...many))).statuses).toEqual([431])
})

it('X-39 answers pipelined requests each by itself', async () => {
  const request = 'GET /livez HTTP/1.1\r\nHost: a\r\n\r\n'
  const { statuses } = await wire(
    server,
    `${request}${request}GET /no HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n`,
  )
  expect(statuses).toEqual([200, 200, 404])
})

const HEADERS = [
  'Accept',
  'Accept-Language',
  'Cookie',
  'Content-Type',
  'Authorization',
  'X-Forwarded-For',
  'X-Forwarded-Host',
  'X-Forwarded-Proto',
  'If-None-Match',
  'Range',
  'DPoP',
  'Origin',
  'Referer',
]
const FILLS = [' ', '\t', ',', ';', ', ', 'a;q=0.1,', 'a=b; ', '"', '/', '*', '=', '%']

it.each(HEADERS)('C-34 answers whatever fills %s, and stops at 16 KiB', async (name) => {
  const filled = FILLS.map((fill) => `${name}: a${fill.repeat(Math.floor(15_000 / fill.length))}b`)
  // Blanks before a value are none of it, and are not kept.
  for (const line of [...filled, `${name}:${' '.repeat(64 * 1024)}b`]) {
    for (const target of ['/register', '/.well-known/openid-configuration'])
      expect((await wire(server, [`GET ${target} HTTP/1.1`, 'Host: a', line])).statuses).toEqual([200])
    const body = 'grant_type=client_credentials'
    const lines = head('/oauth2/token', FORM, line, `Content-Length: ${body.length}`)
    expect((await wire(server, message(lines, body))).statuses).toHaveLength(1)
  }
  const blanks = `${name}: a${' '.repeat(64 * 1024)}b`
  expect((await wire(server, ['GET / HTTP/1.1', 'Host: a', blanks])).statuses).toEqual([431])
})

it.each([
  '/register#x',
  '/register\xa0',
  '/register\xc3\xa4',
  '/\xa0register',
  '/register\x7f',
  '/oauth2/token#',
  '*',
])('X-39, C-37 refuses the target %j, of which readers see different paths', async (target) => {
  expect((await wire(server, [`GET ${target} HTTP/1.1`, 'Host: a'])).statuses).toEqual([400])
})
