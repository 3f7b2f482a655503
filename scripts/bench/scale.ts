import { randomBytes } from 'node:crypto'
import { startFaultProxy } from '../../test/support/fault-proxy.ts'
import { startMongo } from '../../test/support/services/mongo.ts'
import { startRedis } from '../../test/support/services/redis.ts'
import type { BenchOptions } from './embedded.ts'
import { type Measured, medianOf } from './measured.ts'
import { print } from './print.ts'
import { countRoundTrips } from './round-trips.ts'
import { type Scenario, scenarios } from './scenarios.ts'
import { type BenchServer, startOurs } from './servers.ts'

const GOAL_OF_TWO_WORKERS = 1.6
const APPEND_ONLY = ['--appendonly', 'yes', '--appendfsync', 'everysec']

const measure = async (
  scenario: Scenario,
  servers: readonly BenchServer[],
  { rounds, load }: BenchOptions,
): Promise<Measured[]> => {
  const runs = await Promise.all(servers.map(({ base }) => scenario.prepare(base, load)))
  for (const run of runs) await run()
  const figures: Measured[][] = servers.map(() => [])
  for (let round = 0; round < rounds; round++) {
    for (const [index, run] of runs.entries()) figures[index]?.push(await run())
  }
  return figures.map(medianOf)
}

/** Our server on Redis with an append-only file and the MongoDB-protocol server of the tests: one worker beside two. */
export const measureScale = async (options: BenchOptions): Promise<void> => {
  const [redis, mongo] = await Promise.all([startRedis({ args: APPEND_ONLY }), startMongo()])
  const wire = await startFaultProxy(redis)
  const settings = {
    MONGODB_URL: `${mongo.url}/bench`,
    REDIS_URL: redis.url,
    COOKIE_KEYS: randomBytes(32).toString('base64url'),
    SEALING_KEY: randomBytes(32).toString('base64'),
  }
  const one = await startOurs(undefined, settings)
  const two = await startOurs(undefined, { ...settings, WORKERS: '2' })
  const watched = await startOurs(undefined, { ...settings, REDIS_URL: `redis://127.0.0.1:${wire.port}` })
  try {
    print('serial round trips to Redis', '', '', '', 'goal', '')
    for (const { name, goal, serial } of await countRoundTrips(watched.base, wire)) {
      const verdict = goal === undefined ? '' : serial <= goal ? 'reached' : 'missed'
      print(name, String(serial), '', '', goal === undefined ? '' : `<= ${goal}`, verdict)
    }
    await watched.stop()
    print('requests per second', '1 worker', 'p50 ms', 'p99 ms', '2 workers', 'ratio')
    for (const scenario of scenarios) {
      if (!scenario.name.includes(options.only)) continue
      const [alone, pair] = await measure(scenario, [one, two], options)
      if (!alone || !pair) throw new Error('two servers give two figures')
      const ratio = pair.rate / alone.rate
      print(
        scenario.name,
        alone.rate.toFixed(0),
        alone.p50.toFixed(1),
        alone.p99.toFixed(1),
        pair.rate.toFixed(0),
        ratio.toFixed(2),
      )
    }
    print('', '', '', '', 'goal', `>= ${GOAL_OF_TWO_WORKERS}`)
  } finally {
    await Promise.all([one.stop(), two.stop()])
    await Promise.all([wire.stop(), redis.stop(), mongo.stop()])
  }
}
