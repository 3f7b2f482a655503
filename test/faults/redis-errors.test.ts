import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { freePort } from '../support/free-port.ts'
import { services } from '../support/services/index.ts'
import { type RedisProcess, startRedis } from '../support/services/redis.ts'
import { untilRedisSays } from '../support/services/redis-answer.ts'
import { type Endpoint, first, second } from './endpoints.ts'
import { type ErrorWire, startErrorWire } from './error-wire.ts'
import { type Made, make, seedOfFaults } from './made.ts'
import { askInTurn, faultsOf, isDone, lines, send, wholeFlow } from './outage.ts'
import { untilReady } from './ready.ts'

const env = { ARGON2_MEMORY: '128', ARGON2_TIME: '1', REFRESH_GRACE: '300', LOG_LEVEL: 'fatal' }

/** As Redis 7.0 words them. */
const ERRORS = [
  "MISCONF Redis is configured to save RDB snapshots, but it's currently unable to persist to disk.",
  "READONLY You can't write against a read only replica.",
  'LOADING Redis is loading the dataset in memory',
  "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
  'CLUSTERDOWN The cluster is down',
  'TRYAGAIN Multiple keys request during rehashing of slot',
  "OOM command not allowed when used memory > 'maxmemory'.",
  'NOAUTH Authentication required.',
  'BUSY Redis is busy running a script. You can only call SCRIPT KILL or SHUTDOWN NOSAVE.',
  'ERR something that nobody has heard of',
]

/** What is wrong with an answer that should say "later", and nothing of what Redis has said. */
const faultsAt = async (endpoint: Endpoint, made: Made, error: string): Promise<string[]> => {
  const answer = await send(await endpoint.request(made))
  const isTold = error.split(' ').some((word) => /^[A-Z]{3,}$/.test(word) && answer.text.includes(word))
  const faults = [...faultsOf(endpoint, answer), ...(isTold ? ['tells what Redis said'] : [])]
  return faults.map((fault) => `${endpoint.name}: ${fault}`)
}

describe.skipIf(!services())('R-08 Redis answers with an error', () => {
  let redis: RedisProcess
  let wire: ErrorWire
  let on: Deployment
  let made: Made
  /** Of another person's browser, for what contradicts the others. */
  let other: Made
  beforeAll(async () => {
    redis = await startRedis()
    wire = await startErrorWire(redis)
    const stores = { REDIS_URL: `redis://127.0.0.1:${wire.port}` }
    on = await startDeployment({ seed: seedOfFaults, env, processes: 2, stores })
    made = await make(on.issuer)
    other = await make(on.issuer)
  })
  afterAll(async () => {
    await on?.stop()
    await wire?.stop()
    await redis?.stop()
  })

  const refused = async (error: string): Promise<string[]> => {
    const asked = [
      ...first.map((endpoint) => faultsAt(endpoint, made, error)),
      ...second.map((endpoint) => faultsAt(endpoint, other, error)),
    ]
    return (await Promise.all(asked)).flat()
  }
  const serviceReturns = async () => {
    wire.pass()
    await untilReady(on)
    await wholeFlow(on.issuer)
  }

  it.each(ERRORS)(
    '%s: every endpoint and page says "later", and service returns with Redis',
    async (error) => {
      wire.refuse(error)
      expect(await refused(error)).toEqual([])
      await serviceReturns()
    },
  )

  it.each(ERRORS)('%s, to new connections as well: the same', async (error) => {
    wire.refuse(error)
    wire.reset()
    expect(await refused(error)).toEqual([])
    await serviceReturns()
  })

  it('and nothing of what was refused has happened', async () => {
    const outcomes = [...(await askInTurn(first, made)), ...(await askInTurn(second, other))]
    expect(lines(outcomes.filter((outcome) => !isDone(outcome)))).toEqual([])
  })
})

describe.skipIf(!services())('R-08 Redis Cluster answers with an error', () => {
  let redis: RedisProcess
  let wire: ErrorWire
  let on: Deployment
  let made: Made
  beforeAll(async () => {
    const port = await freePort()
    const announced = ['--cluster-announce-ip', '127.0.0.1', '--cluster-announce-port', String(port)]
    redis = await startRedis({ args: ['--cluster-enabled', 'yes', ...announced] })
    wire = await startErrorWire(redis, port)
    await untilRedisSays(redis.port, 'CLUSTER ADDSLOTSRANGE 0 16383', /^\+OK/)
    await untilRedisSays(redis.port, 'CLUSTER INFO', /^cluster_state:ok/m)
    const stores = { REDIS_URL: `redis+cluster://127.0.0.1:${port}` }
    on = await startDeployment({ seed: seedOfFaults, env, processes: 1, stores })
    made = await make(on.issuer)
  })
  afterAll(async () => {
    await on?.stop()
    await wire?.stop()
    await redis?.stop()
  })

  it.each([
    'CLUSTERDOWN The cluster is down',
    'CLUSTERDOWN Hash slot not served',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'ASK 3823 127.0.0.1:1',
    "READONLY You can't write against a read only replica.",
  ])('%s: every endpoint and page says "later", and service returns', async (error) => {
    wire.refuse(error)
    const faults = await Promise.all(first.map((endpoint) => faultsAt(endpoint, made, error)))
    wire.pass()
    expect(faults.flat()).toEqual([])
    await untilReady(on)
    await wholeFlow(on.issuer)
  })
})
