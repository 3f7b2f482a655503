import { connect } from 'node:net'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { startSubject } from '../flows/subject.ts'
import type { RunningServer } from '../support/server.ts'

let server: RunningServer
beforeAll(async () => {
  server = await startSubject()
})
afterAll(() => server?.stop())

/** Sends the start at once and then a byte each second, until the server closes. */
const drip = async (start: string, byte: string): Promise<string> => {
  const socket = connect(server.port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  socket.on('error', () => undefined)
  socket.write(start)
  const dripping = setInterval(() => socket.write(byte), 1000)
  await new Promise((resolve) => socket.once('close', resolve))
  clearInterval(dripping)
  return Buffer.concat(chunks).toString()
}

const LENGTH = 'Content-Length: 1000\r\nContent-Type: application/x-www-form-urlencoded\r\n\r\n'
const slow: [string, string, string][] = [
  ['of a head', 'GET / HTTP/1.1\r\nHost: a\r\nX-Slow: ', 'x'],
  ['of a body for a program', `POST /oauth2/token HTTP/1.1\r\nHost: a\r\n${LENGTH}`, 'a'],
  ['of a form', `POST /register HTTP/1.1\r\nHost: a\r\nSec-Fetch-Site: same-origin\r\n${LENGTH}`, 'a'],
]

it('X-39 answers 408 to who sends one byte a second %s, and serves others meanwhile', {
  timeout: 60_000,
}, async () => {
  const answers = slow.map(([, start, byte]) => drip(start, byte))
  expect((await fetch(`${server.issuer}/livez`)).status).toBe(200)
  for (const [index, answer] of (await Promise.all(answers)).entries())
    expect([slow[index]?.[0], answer.split('\r\n', 1)[0]]).toEqual([
      slow[index]?.[0],
      'HTTP/1.1 408 Request Timeout',
    ])
  expect((await fetch(`${server.issuer}/livez`)).status).toBe(200)
})
