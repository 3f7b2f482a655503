import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { ChangeTopic } from '../../../src/domain/ports.ts'
import type { RedisStore } from '../../../src/store/redis/open.ts'
import { startFaultProxy } from '../../support/fault-proxy.ts'
import { services } from '../../support/services/index.ts'
import { type RedisProcess, startRedis } from '../../support/services/redis.ts'
import { type RedisCluster, startRedisCluster } from '../../support/services/redis-cluster.ts'
import { clientOf, openForTest, succeeds, unavailable } from './open-for-test.ts'

/** Other tests share the machine. */
const PATIENCE = { timeout: 5000 }

const ALL: ChangeTopic[] = ['clients', 'documents', 'accounts']

/** A store and what it hears of others, once it has subscribed. */
const listening = async (url: string) => {
  const store = openForTest(url)
  const other = openForTest(url)
  const heard: ChangeTopic[] = []
  const leave = store.onTopic((topic) => heard.push(topic))
  await hear(heard, 'clients', other)
  // Behind all that was published to find out.
  await hear(heard, 'documents', other)
  heard.length = 0
  return { store, heard, leave, other }
}

/** Has a topic told until it is heard; what is published while nobody listens is lost. */
const hear = (heard: ChangeTopic[], topic: ChangeTopic, other: RedisStore) =>
  expect
    .poll(() => {
      if (!heard.includes(topic)) other.publish(topic, 'id')
      return heard
    }, PATIENCE)
    .toContain(topic)

describe.skipIf(!services())('messages between processes', () => {
  let redis: RedisProcess
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  it('reach every other process with the same prefix, until it leaves', async () => {
    const one = await listening(redis.url)
    const two = await listening(redis.url)
    const other = await listening(`${redis.url}?prefix=other:`)
    one.heard.length = 0
    one.store.publish('clients', 'id')
    await expect.poll(() => two.heard, PATIENCE).toEqual(['clients'])
    two.leave()
    two.store.publish('accounts', 'id')
    await expect.poll(() => one.heard, PATIENCE).toEqual(['accounts'])
    expect(two.heard).toEqual(['clients'])
    expect(other.heard).toEqual([])
  })

  it('tell which record has changed, whatever characters its id has', async () => {
    const { store, other } = await listening(redis.url)
    const ids: (string | undefined)[] = []
    store.onTopic((_topic, id) => ids.push(id))
    for (const id of ['kim', 'https://shop.example/a client', '']) other.publish('clients', id)
    await expect.poll(() => ids, PATIENCE).toEqual(['kim', 'https://shop.example/a client', ''])
  })

  it('are ignored when they name no topic', async () => {
    const { other, heard } = await listening(redis.url)
    await clientOf(redis.url).publish('gatehouse:changes', 'nonsense')
    other.publish('documents', 'id')
    await expect.poll(() => heard, PATIENCE).toEqual(['documents'])
  })

  it('may have been missed while the connection was lost or silent, so every topic is told again', async () => {
    const proxy = await startFaultProxy(redis)
    const { store, heard } = await listening(`redis://127.0.0.1:${proxy.port}`)
    const other = openForTest(redis.url)
    for (const fault of [proxy.cut, proxy.blackhole]) {
      await fault()
      await expect(store.ping()).rejects.toMatchObject(unavailable)
      other.publish('clients', 'id')
      await proxy.pass()
      await expect.poll(() => heard, PATIENCE).toEqual(ALL)
      heard.length = 0
      await expect.poll(() => succeeds(store.ping()), PATIENCE).toBe(true)
      other.publish('accounts', 'id')
      await expect.poll(() => heard, PATIENCE).toEqual(['accounts'])
      heard.length = 0
    }
    await proxy.stop()
  })
})

describe.skipIf(!services())('messages in a cluster', () => {
  let cluster: RedisCluster
  beforeAll(async () => {
    cluster = await startRedisCluster()
  })
  afterAll(() => cluster.stop())

  it('reach processes that listen at another node', async () => {
    const nodes = cluster.nodes.map(({ port }) => `redis+cluster://127.0.0.1:${port}`)
    const listeners = await Promise.all(nodes.map(listening))
    for (const { heard } of listeners) heard.length = 0
    listeners[0]?.store.publish('documents', 'id')
    for (const { heard } of listeners.slice(1))
      await expect.poll(() => heard, PATIENCE).toEqual(['documents'])
  })
})
