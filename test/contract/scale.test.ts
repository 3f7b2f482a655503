import { afterAll, beforeAll, describe } from 'vitest'
import { noMetrics } from '../../src/adapters/metrics.ts'
import type { Clock, Store } from '../../src/domain/ports.ts'
import { openStore } from '../../src/store/index.ts'
import { scaleUrls, services } from '../support/services/index.ts'
import { type RedisCluster, startRedisCluster } from '../support/services/redis-cluster.ts'
import { describeStore } from './describe-store.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }

const open = (redisUrl: string, mongodbUrl: string, now: Clock): Promise<Store> =>
  openStore({
    dataDir: '',
    scale: { mongodbUrl, redisUrl },
    role: 'server',
    now,
    log: silent,
    metrics: noMetrics,
  })

describe.skipIf(!services())('scale mode', () => {
  describeStore('MongoDB and Redis', (now) => {
    const { REDIS_URL, MONGODB_URL } = scaleUrls()
    return open(REDIS_URL, MONGODB_URL, now)
  })

  describe('on a cluster', () => {
    let cluster: RedisCluster
    let made = 0
    beforeAll(async () => {
      cluster = await startRedisCluster({ masters: 3 })
    })
    afterAll(() => cluster?.stop())
    describeStore('MongoDB and Redis Cluster', (now) =>
      open(`${cluster.url}?prefix=contract-${made++}:`, scaleUrls().MONGODB_URL, now),
    )
  })
})
