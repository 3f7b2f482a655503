import type { Server } from 'node:http'
import { setTimeout as sleep } from 'node:timers/promises'

export interface DrainOptions {
  /** Seconds to go on serving, so that load balancers notice `/readyz`. */
  delay: number
  /** Seconds for requests under way; then their connections are cut. */
  timeout: number
}

/** Milliseconds between looks for connections that have become idle. */
const LOOK = 50

/** Takes no new connections, lets requests under way finish, and resolves when the last connection is gone. */
export const drain = async (server: Server, { delay, timeout }: DrainOptions): Promise<void> => {
  await sleep(delay * 1000)
  const closed = new Promise<void>((resolve) => server.close(() => resolve()))
  // A connection that becomes idle after `close` would be kept open for its next request.
  const look = setInterval(() => server.closeIdleConnections(), LOOK)
  const end = setTimeout(() => server.closeAllConnections(), timeout * 1000)
  await closed
  clearInterval(look)
  clearTimeout(end)
}
