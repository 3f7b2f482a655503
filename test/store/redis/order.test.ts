import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { services } from '../../support/services/index.ts'
import { type RedisProcess, startRedis } from '../../support/services/redis.ts'
import { clientOf, openForTest, succeeds } from './open-for-test.ts'

const put = (key: string, n: number, grantId?: string) => ({
  model: 'Code',
  key,
  payload: { n },
  expiresAt: Date.now() + 60_000,
  grantId,
})

describe.skipIf(!services())('calls in order', () => {
  let redis: RedisProcess
  beforeAll(async () => {
    redis = await startRedis()
  })
  afterAll(() => redis.stop())

  it('keeps the order of calls that were made before there was a connection', async () => {
    const { artifacts } = openForTest(redis.url)
    const calls = [
      artifacts.put(put('early', 1)),
      artifacts.remove('Code', 'early'),
      artifacts.put(put('early', 2)),
    ]
    expect((await artifacts.find('Code', 'early'))?.payload).toEqual({ n: 2 })
    await Promise.all(calls)
  })

  it('keeps the order, and refuses nothing, when the server has forgotten its scripts', async () => {
    const { artifacts } = openForTest(redis.url)
    const client = clientOf(redis.url)
    await artifacts.put(put('a', 0))
    for (let round = 1; round <= 20; round += 1) {
      const forgotten = client.script('FLUSH')
      const calls = [
        artifacts.put(put('a', round)),
        artifacts.consume('Code', 'a'),
        artifacts.remove('Code', 'a'),
        artifacts.put(put('a', -round)),
      ]
      expect(await artifacts.find('Code', 'a')).toMatchObject({
        payload: { n: -round },
        consumedAt: undefined,
        revision: 1,
      })
      await Promise.all([forgotten, ...calls])
    }
  })

  it('works on after the server was started anew', async () => {
    const { artifacts, ping } = openForTest(redis.url)
    await artifacts.put(put('a', 1))
    await redis.restart()
    await expect.poll(() => succeeds(ping()), { timeout: 5000 }).toBe(true)
    await artifacts.put(put('b', 2))
    expect(await artifacts.consume('Code', 'b')).toEqual({ kind: 'won' })
    expect(await artifacts.find('Code', 'a')).toBeUndefined()
  })

  it('lets later calls see a family of thousands removed, whole, and other keys are not held up by it', async () => {
    const { artifacts } = openForTest(redis.url)
    await Promise.all(Array.from({ length: 1200 }, (_, n) => artifacts.put(put(`m${n}`, n, 'big'))))
    await artifacts.put(put('other', 1, 'small'))
    const removal = artifacts.removeFamily('big')
    const written = artifacts.put(put('m7', 7, 'big'))
    const seen = await Promise.all(Array.from({ length: 1200 }, (_, n) => artifacts.find('Code', `m${n}`)))
    expect(seen.filter((one) => one !== undefined).map((one) => one.key)).toEqual(['m7'])
    expect(await artifacts.find('Code', 'other')).toBeDefined()
    await Promise.all([removal, written])
    expect(await artifacts.find('Code', 'm7')).toBeDefined()
    await artifacts.removeFamily('big')
    expect(await artifacts.find('Code', 'm7')).toBeUndefined()
  })

  it('leaves an artifact alone that was stored anew under another grant', async () => {
    const { artifacts } = openForTest(redis.url)
    await artifacts.put(put('moved', 1, 'before'))
    await artifacts.put(put('moved', 2, 'after'))
    await artifacts.removeFamily('before')
    expect((await artifacts.find('Code', 'moved'))?.grantId).toBe('after')
    await artifacts.removeFamily('after')
    expect(await artifacts.find('Code', 'moved')).toBeUndefined()
  })

  it('forgets members of a family that have expired, and the family with its last member', async () => {
    let now = Date.now()
    const { artifacts } = openForTest(redis.url, { now: () => now })
    const client = clientOf(redis.url)
    await artifacts.put({ ...put('short', 1, 'aging'), expiresAt: now + 1000 })
    await artifacts.put({ ...put('long', 1, 'aging'), expiresAt: now + 90_000 })
    expect(await client.zcard('gatehouse:f:aging')).toBe(2)
    now += 2000
    await artifacts.put({ ...put('next', 1, 'aging'), expiresAt: now + 5000 })
    expect(await client.zrange('gatehouse:f:aging', '0', '-1')).toEqual([
      'gatehouse:a:Code:next',
      'gatehouse:a:Code:long',
    ])
    const life = await client.pttl('gatehouse:f:aging')
    expect(life).toBeGreaterThan(60_000)
    expect(life).toBeLessThanOrEqual(89_000)
  })
})
