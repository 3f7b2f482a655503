import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import { services } from '../../support/services/index.ts'
import { startRedis } from '../../support/services/redis.ts'
import { type RedisSentinel, startRedisSentinel } from '../../support/services/redis-sentinel.ts'
import { openForTest, succeeds, unavailable } from './open-for-test.ts'

const code = (key: string) => ({
  model: 'Code',
  key,
  payload: {},
  expiresAt: Date.now() + 60_000,
  grantId: 'g',
})

describe.skipIf(!services())('wait=1', () => {
  let group: RedisSentinel
  beforeAll(async () => {
    group = await startRedisSentinel({ replicas: 1 })
  })
  afterAll(() => group.stop())

  it('acknowledges writes that a replica has', async () => {
    const { artifacts } = openForTest(`${group.url}?wait=1`)
    // A primary counts a new replica from its first acknowledgement on, which comes within a second.
    await expect.poll(() => succeeds(artifacts.put(code('a'))), { timeout: 5000 }).toBe(true)
    expect(await artifacts.consume('Code', 'a')).toEqual({ kind: 'won' })
    const replica = openForTest(group.replicas[0]?.url ?? '')
    expect(await replica.artifacts.find('Code', 'a')).toMatchObject({ consumedAt: expect.any(Number) })
    await artifacts.removeFamily('g')
    expect(await replica.artifacts.find('Code', 'a')).toBeUndefined()
    expect(await artifacts.mark('jti', 'a', Date.now() + 1000)).toBe(true)
    const many = Array.from({ length: 50 }, (_, n) => artifacts.takeOnce('Code', `none-${n}`))
    expect(new Set(await Promise.all(many))).toEqual(new Set([undefined]))
  })

  it('refuses writes that no replica confirms, and goes on reading', async () => {
    const alone = await startRedis()
    onTestFinished(() => alone.stop())
    const store = openForTest(`${alone.url}?wait=1`)
    const writes = await Promise.allSettled([
      store.artifacts.put(code('a')),
      store.artifacts.consume('Code', 'a'),
      store.artifacts.takeOnce('Code', 'b'),
      store.artifacts.remove('Code', 'b'),
      store.artifacts.mark('jti', 'a', Date.now() + 1000),
      store.counters.increment('a', 1000),
    ])
    for (const write of writes) expect(write).toMatchObject({ status: 'rejected', reason: unavailable })
    expect(await store.artifacts.find('Code', 'a')).toBeDefined()
    await expect(store.artifacts.removeFamily('g')).rejects.toMatchObject(unavailable)
    expect(await store.inspect()).toContainEqual({
      subject: 'Redis replicas',
      state: 'fault',
      text: expect.stringContaining('0 replicas are connected'),
    })
  })

  it('finds the new primary after the old one has died (R-09)', async () => {
    const careful = openForTest(`${group.url}?prefix=failover:&wait=1`)
    await expect.poll(() => succeeds(careful.artifacts.put(code('before'))), { timeout: 5000 }).toBe(true)
    const store = openForTest(`${group.url}?prefix=failover:`)
    await store.ping()
    await group.primary.kill()
    await expect
      .poll(() => succeeds(store.artifacts.put(code('after'))), { timeout: 15_000, interval: 100 })
      .toBe(true)
    expect(await store.artifacts.find('Code', 'before')).toBeDefined()
    expect(await store.artifacts.find('Code', 'after')).toBeDefined()
  })
})
