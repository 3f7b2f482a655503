import type { IncomingMessage } from 'node:http'
import { isIP } from 'node:net'

/** Whose `X-Forwarded-For` is believed: nobody's, everybody's, or that of so many proxies in a row. */
export type TrustProxy = boolean | number

const MAPPED = /^::ffff:(\d+\.\d+\.\d+\.\d+)$/i

const plain = (address: string): string => MAPPED.exec(address)?.[1] ?? address

/**
 * The network address that a request came from. A proxy appends the address it saw, so with `n` trusted proxies the
 * n-th entry from the right is the client's, and what stands further left is the client's own invention (N-13).
 * Whatever is no address counts as the peer itself, never as nobody (C-23).
 */
export const clientAddress = (request: IncomingMessage, trust: TrustProxy): string => {
  const peer = plain(request.socket.remoteAddress ?? '')
  if (trust === false || trust === 0) return peer
  const entries = String(request.headers['x-forwarded-for'] ?? '')
    .split(',')
    .map((entry) => entry.trim())
  const entry = trust === true ? entries[0] : entries.at(-trust)
  return entry !== undefined && isIP(entry) ? plain(entry) : peer
}
