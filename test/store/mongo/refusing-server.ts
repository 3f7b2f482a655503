import { once } from 'node:events'
import { createServer } from 'node:net'
import { BSON } from 'mongodb'
import { onTestFinished } from 'vitest'
import { freePort } from '../../support/free-port.ts'

/** https://www.mongodb.com/docs/manual/reference/mongodb-wire-protocol/ */
const opcode = { reply: 1, query: 2004, message: 2013 } as const
const HEADER = 16
/** Flags and the kind of the one section; or flags, cursor, start and count. */
const BEFORE_BODY = { message: 5, reply: 20 } as const

const HELLO = {
  ok: 1,
  isWritablePrimary: true,
  ismaster: true,
  helloOk: true,
  maxWireVersion: 13,
  minWireVersion: 0,
}

const answer = (request: Buffer, refusal: object): Buffer => {
  const isQuery = request.readInt32LE(12) === opcode.query
  const greets = /hello|ismaster/i.test(request.toString('latin1', HEADER, HEADER + 80))
  const body = BSON.serialize(greets ? HELLO : { ok: 0, ...refusal })
  const head = Buffer.alloc(HEADER + (isQuery ? BEFORE_BODY.reply : BEFORE_BODY.message))
  head.writeInt32LE(head.length + body.length, 0)
  head.writeInt32LE(request.readInt32LE(4), 8)
  head.writeInt32LE(isQuery ? opcode.reply : opcode.message, 12)
  if (isQuery) head.writeInt32LE(1, HEADER + 16)
  return Buffer.concat([head, body])
}

/**
 * A MongoDB server, as far as its wire shows, that greets and refuses all else with one answer; for what the other
 * test server cannot say.
 *
 * @returns host and port
 */
export const refusingServer = async (refusal: {
  code: number
  codeName: string
  errmsg: string
}): Promise<string> => {
  const port = await freePort()
  const server = createServer((socket) => {
    let received = Buffer.alloc(0)
    socket.on('error', () => undefined)
    socket.on('data', (bytes) => {
      received = Buffer.concat([received, bytes])
      while (received.length >= HEADER && received.length >= received.readInt32LE(0)) {
        const length = received.readInt32LE(0)
        socket.write(answer(received.subarray(0, length), refusal))
        received = received.subarray(length)
      }
    })
  })
  server.listen(port, '127.0.0.1')
  await once(server, 'listening')
  onTestFinished(() => void server.close())
  return `127.0.0.1:${port}`
}
