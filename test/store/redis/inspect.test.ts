import { describe, expect, it, onTestFinished } from 'vitest'
import { services } from '../../support/services/index.ts'
import { startRedis } from '../../support/services/redis.ts'
import { startRedisCluster } from '../../support/services/redis-cluster.ts'
import { clientOf, openForTest } from './open-for-test.ts'

const inspected = async (args: string[]) => {
  const redis = await startRedis({ args })
  onTestFinished(() => redis.stop())
  const store = openForTest(redis.url)
  await store.ping()
  return (subject: string) => store.inspect().then((found) => found.filter((one) => one.subject === subject))
}

describe.skipIf(!services())('what an operator should know of Redis', () => {
  it('is content with noeviction and an append-only file, and names the window of everysec', async () => {
    const about = await inspected(['--appendonly', 'yes', '--appendfsync', 'everysec'])
    expect(await about('Redis version')).toMatchObject([{ state: 'fine' }])
    expect(await about('Redis maxmemory-policy')).toEqual([
      { subject: 'Redis maxmemory-policy', state: 'fine', text: 'noeviction.' },
    ])
    expect(await about('Redis persistence')).toMatchObject([
      { state: 'fine', text: expect.stringContaining('last second') },
    ])
    expect(await about('Clocks')).toMatchObject([{ state: 'fine' }])
  })

  it('is content with appendfsync always, and warns of no', async () => {
    const always = await inspected(['--appendonly', 'yes', '--appendfsync', 'always'])
    expect(await always('Redis persistence')).toMatchObject([
      { state: 'fine', text: expect.stringContaining('always') },
    ])
    const no = await inspected(['--appendonly', 'yes', '--appendfsync', 'no'])
    expect(await no('Redis persistence')).toMatchObject([{ state: 'warning' }])
  })

  it('warns that a restart loses everything without an append-only file', async () => {
    const about = await inspected([])
    expect(await about('Redis persistence')).toMatchObject([
      { state: 'warning', text: expect.stringContaining('a restart of Redis loses sessions') },
    ])
  })

  it('calls eviction a fault and says what to do (R-07)', async () => {
    const about = await inspected(['--maxmemory-policy', 'allkeys-lru'])
    expect(await about('Redis maxmemory-policy')).toMatchObject([
      { state: 'fault', text: expect.stringMatching(/^allkeys-lru: .*Set maxmemory-policy to noeviction/) },
    ])
  })

  it('says what it could not read where CONFIG is forbidden', async () => {
    const acl = ['default', 'on', 'nopass', '~*', '&*', '+@all', '-config']
    const about = await inspected(['--appendonly', 'yes', '--user', ...acl])
    expect(await about('Redis maxmemory-policy')).toMatchObject([{ state: 'fine' }])
    expect(await about('Redis persistence')).toMatchObject([
      { state: 'fine', text: expect.stringContaining('could not be read') },
    ])
  })

  it('names the processes whose clocks differ (R-21)', async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const right = openForTest(redis.url, { id: 'right' })
    const wrong = openForTest(redis.url, { id: 'wrong', now: () => Date.now() - 120_000 })
    const quick = openForTest(redis.url, { id: 'quick', now: () => Date.now() + 5000 })
    await Promise.all([right.ping(), wrong.ping(), quick.ping()])
    const clocks = (await right.inspect()).filter(({ subject }) => subject === 'Clocks')
    expect(clocks).toHaveLength(2)
    expect(clocks).toContainEqual({
      subject: 'Clocks',
      state: 'fault',
      text: expect.stringMatching(/process wrong is (119|120)\.\d s behind that of Redis/),
    })
    expect(clocks).toContainEqual({
      subject: 'Clocks',
      state: 'warning',
      text: expect.stringMatching(/process quick is [45]\.\d s ahead of that of Redis/),
    })
    expect(await wrong.inspect()).toContainEqual({
      subject: 'Clocks',
      state: 'fault',
      text: expect.stringContaining('the clock of this process'),
    })
    expect(await clientOf(redis.url).pttl('gatehouse:processes')).toBeGreaterThan(0)
  })

  it('forgets a process that gives no sign of life', async () => {
    const redis = await startRedis()
    onTestFinished(() => redis.stop())
    const client = clientOf(redis.url)
    await client.hset('gatehouse:processes', 'dead', `90000 ${Date.now() - 60_000}`, 'odd', 'nonsense')
    const store = openForTest(redis.url, { id: 'alive' })
    expect(await store.inspect()).toContainEqual({
      subject: 'Clocks',
      state: 'fine',
      text: expect.any(String),
    })
    expect(await client.hkeys('gatehouse:processes')).toEqual(['alive'])
  })

  it('looks at every node of a cluster and names the one at fault', async () => {
    const cluster = await startRedisCluster()
    onTestFinished(() => cluster.stop())
    const [node] = cluster.nodes
    await clientOf(node?.url ?? '').config('SET', 'maxmemory-policy', 'volatile-lru')
    const store = openForTest(cluster.url)
    const found = (await store.inspect()).filter(({ subject }) => subject === 'Redis maxmemory-policy')
    expect(found).toHaveLength(2)
    expect(found).toContainEqual({
      subject: 'Redis maxmemory-policy',
      state: 'fault',
      text: expect.stringContaining(`127.0.0.1:${node?.port}: volatile-lru`),
    })
  })
})
