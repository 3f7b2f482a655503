import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { calls } from '../flows/calls.ts'
import { shop } from '../flows/subject.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { services } from '../support/services/index.ts'
import { type RedisProcess, startRedis } from '../support/services/redis.ts'
import { first, second } from './endpoints.ts'
import { type Made, make, seedOfFaults } from './made.ts'
import { askAll, askInTurn, isDone, lines } from './outage.ts'

const env = { ARGON2_MEMORY: '128', ARGON2_TIME: '1', REFRESH_GRACE: '300', LOG_LEVEL: 'fatal' }

/** What tells and changes nothing. */
const READS: readonly string[] = [
  'introspect: access token',
  'introspect: refresh token',
  'introspect: made up',
  'userinfo GET',
  'userinfo POST',
  'REST: me',
  'REST: sessions',
  'account console, shown',
  'account console, log shown',
  'account console, devices shown',
  'account console, applications shown',
  'sign-in, shown',
  'registration within a sign-in, shown',
  'consent, shown',
]
const isRead = ({ name }: { name: string }): boolean => READS.includes(name)

describe.skipIf(!services())('Redis that can be reached and refuses', () => {
  let server: RedisProcess
  let redis: Redis
  let on: Deployment
  let made: Made
  let other: Made
  beforeAll(async () => {
    server = await startRedis()
    redis = new Redis(server.port)
    const stores = { REDIS_URL: server.url }
    on = await startDeployment({ seed: seedOfFaults, env, processes: 2, stores })
    made = await make(on.issuer)
    other = await make(on.issuer)
  })
  afterAll(async () => {
    await on?.stop()
    redis?.disconnect()
    await server?.stop()
  })

  it('R-03 without writes no endpoint and no page says that something was done', async () => {
    // NOREPLICAS to every command that writes.
    await redis.config('SET', 'min-replicas-to-write', '1')
    const writes = (rows: typeof first) => rows.filter((row) => !isRead(row))
    const refused = [...(await askAll(writes(first), made)), ...(await askAll(writes(second), other))]
    const told = await askAll(first.filter(isRead), made)
    await redis.config('SET', 'min-replicas-to-write', '0')
    expect(lines(refused)).toEqual([])
    expect(lines(told.filter((outcome) => !isDone(outcome)))).toEqual([])
  })

  it('R-03 without reads no token is called active or inactive, and no page says anything', async () => {
    await redis.call('ACL', 'SETUSER', 'default', '-@read')
    const refused = [...(await askAll(first, made)), ...(await askAll(second, other))]
    await redis.call('ACL', 'SETUSER', 'default', '+@read')
    expect(lines(refused)).toEqual([])
  })

  it('R-03 what was refused has not happened', async () => {
    expect(await calls(on).isActive(shop, made.tokens.access)).toBe(true)
    const outcomes = [...(await askInTurn(first, made)), ...(await askInTurn(second, other))]
    expect(lines(outcomes.filter((outcome) => !isDone(outcome)))).toEqual([])
  })
})
