import { connect } from 'node:net'
import { expect } from 'vitest'
import type { RunningServer } from '../support/server.ts'

/** All that came back over one connection. */
export interface Wire {
  text: string
  /** Of each answer, in order. */
  statuses: number[]
}

/**
 * Sends bytes as they are, so that no client puts them straight, and reads until the server closes.
 *
 * @param message lines of a head without `Connection`, which is added, or a whole message with its empty line
 */
export const wire = async (
  { port, issuer }: Pick<RunningServer, 'port' | 'issuer'>,
  message: string[] | string | Buffer,
): Promise<Wire> => {
  const socket = connect(port, '127.0.0.1')
  const chunks: Buffer[] = []
  socket.on('data', (chunk: Buffer) => chunks.push(chunk))
  // A server that refuses a message may reset the connection before it has read all of it.
  socket.on('error', () => undefined)
  const bytes = Array.isArray(message) ? [...message, 'Connection: close', '', ''].join('\r\n') : message
  socket.write(typeof bytes === 'string' ? Buffer.from(bytes, 'latin1') : bytes)
  await new Promise((resolve) => socket.once('close', resolve))
  const text = Buffer.concat(chunks).toString()
  const statuses = [...text.matchAll(/HTTP\/1\.1 (\d{3}) /g)].map(([, status]) => Number(status))
  for (const status of statuses) expect(status, text).toBeLessThan(500)
  for (const [, location = ''] of text.matchAll(/^location: (.*)\r$/gim))
    expect(new URL(location, issuer).origin, text).toBe(new URL(issuer).origin)
  return { text, statuses }
}
