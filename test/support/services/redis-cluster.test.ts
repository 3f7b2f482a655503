import { Cluster, Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { startRedisCluster } from './redis-cluster.ts'

it('spreads slots over its masters, and each slot has its replica', async () => {
  const cluster = await startRedisCluster({ masters: 3, replicasEach: 1 })
  const client = new Cluster(cluster.nodes.map(({ port }) => ({ host: '127.0.0.1', port })))
  try {
    expect(cluster.url).toBe(
      `redis+cluster://${cluster.nodes.map(({ port }) => `127.0.0.1:${port}`).join(',')}`,
    )
    for (let n = 0; n < 50; n += 1) await client.set(`key ${n}`, n)
    expect(client.nodes('master')).toHaveLength(3)
    const sizes = await Promise.all(client.nodes('master').map((node) => node.dbsize()))
    expect(sizes.every((size) => size > 0)).toBe(true)
    expect(sizes.reduce((sum, size) => sum + size)).toBe(50)
    const replica = new Redis({ port: cluster.nodes[5]?.port ?? 0 })
    expect(await replica.info('replication')).toContain('master_link_status:up')
    replica.disconnect()
  } finally {
    client.disconnect()
    await cluster.stop()
  }
})
