import { Cluster } from 'ioredis'
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { openRedis } from '../../../src/store/redis/open.ts'
import { describeArtifactRaces } from '../../contract/artifact-races.ts'
import { describeArtifacts } from '../../contract/artifacts.ts'
import { describeCounters } from '../../contract/counters.ts'
import { START, type TestStore } from '../../contract/open-for-test.ts'
import { services } from '../../support/services/index.ts'
import { type RedisCluster, startRedisCluster } from '../../support/services/redis-cluster.ts'
import { openTestStore } from '../sqlite/data-dir.ts'
import { clientOf, immortalKeys, withPrefix } from './open-for-test.ts'

const PREFIX = 'contract:'

/** The parts of the contract that this driver fulfils; the rest of the store is the embedded one. */
const describeRedis = (url: () => string): void => {
  let present: TestStore | undefined
  let tests = 0
  beforeEach(async () => {
    const time = { now: START }
    tests += 1
    const redis = openRedis({
      url: withPrefix(url(), `${PREFIX}${tests}:`),
      now: () => time.now,
      log: { warn: () => undefined },
      metrics: { store: () => undefined },
      id: 'contract',
    })
    const rest = await openTestStore({ now: () => time.now })
    present = {
      time,
      store: { ...rest, artifacts: redis.artifacts, counters: redis.counters, close: redis.close },
    }
  })
  afterEach(async () => {
    await present?.store.close()
  })
  const current = (): TestStore => {
    if (!present) throw new Error('the store is opened before each test')
    return present
  }
  describeArtifacts(current)
  describeArtifactRaces(current)
  describeCounters(current)
}

describe.skipIf(!services())('redis: single server', () => {
  const url = () => services()?.redis ?? ''
  describeRedis(url)

  it('has left no key without a time to live (R-24)', async () => {
    const client = clientOf(url())
    expect(await client.keys(`${PREFIX}*`)).not.toEqual([])
    expect(await immortalKeys(client, PREFIX)).toEqual([])
  })
})

describe.skipIf(!services())('redis: cluster of three', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(() => cluster.stop())
  describeRedis(() => cluster.url)

  it('has left no key without a time to live, and keys on every node (R-24)', async () => {
    const client = new Cluster(cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })))
    await client.ping()
    const sizes = await Promise.all(client.nodes('master').map((node) => node.dbsize()))
    expect(sizes.filter((size) => size > 0)).toHaveLength(3)
    expect(await immortalKeys(client, PREFIX)).toEqual([])
    client.disconnect()
  })
})
