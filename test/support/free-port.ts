import { randomInt } from 'node:crypto'
import { createServer } from 'node:net'

/** Below the range from which systems take ports for outgoing connections, which could be in the way a moment later. */
const FIRST = 15_000
const PAST = 32_000
/** Those who run at the same time: the run itself, and its workers, each with ports of its own. */
const SLOTS = 4
const WIDTH = (PAST - FIRST) / SLOTS

const isFree = (port: number): Promise<boolean> =>
  new Promise((resolve) => {
    const probe = createServer()
    probe.once('error', () => resolve(false))
    probe.listen(port, '127.0.0.1', () => probe.close(() => resolve(true)))
  })

const given = new Set<number>()

/**
 * A loopback port that was free a moment ago, for a program that must know its own address before it starts. Until it
 * listens there nobody else gets it: whoever did would take the answers of a stranger for those of its own server.
 *
 * @param worker number of the present worker, from 1; 0 for the run itself
 */
export const freePort = async (worker = Number(process.env.VITEST_POOL_ID ?? 0)): Promise<number> => {
  if (given.size > WIDTH / 2) given.clear()
  for (;;) {
    const port = FIRST + (worker % SLOTS) * WIDTH + randomInt(WIDTH)
    if (given.has(port)) continue
    given.add(port)
    if (await isFree(port)) return port
  }
}
