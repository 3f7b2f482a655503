import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the range from which systems take ports for outgoing connections, which could be in the way a moment later. */
const FIRST = 15_000
const PAST = 32_000

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

/** A loopback port that was free a moment ago, for a program that must know its own address before it starts. */
export const freePort = async (): Promise<number> => {
  for (;;) {
    const port = randomInt(FIRST, PAST)
    if (await isFree(port)) return port
  }
}
