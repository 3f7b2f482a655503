import { inspect } from 'node:util'
import { afterAll, beforeAll, describe, expect, it, onTestFinished } from 'vitest'
import type { RedisStore } from '../../../src/store/redis/open.ts'
import { type FaultProxy, startFaultProxy } from '../../support/fault-proxy.ts'
import { freePort } from '../../support/free-port.ts'
import { startRespServer } from '../../support/resp-server.ts'
import { services } from '../../support/services/index.ts'
import { type RedisProcess, startRedis } from '../../support/services/redis.ts'
import { openForTest, unavailable } from './open-for-test.ts'

const code = (key: string) => ({
  model: 'Code',
  key,
  payload: { secret: 'of the payload' },
  expiresAt: Date.now() + 60_000,
  grantId: 'g',
})

/** Every kind of call. */
const calls: Record<string, (store: RedisStore) => Promise<unknown>> = {
  ping: (store) => store.ping(),
  put: (store) => store.artifacts.put(code('a')),
  putIf: (store) => store.artifacts.putIf(code('a'), 0),
  find: (store) => store.artifacts.find('Code', 'a'),
  consume: (store) => store.artifacts.consume('Code', 'a'),
  takeOnce: (store) => store.artifacts.takeOnce('Code', 'a'),
  remove: (store) => store.artifacts.remove('Code', 'a'),
  removeFamily: (store) => store.artifacts.removeFamily('g'),
  mark: (store) => store.artifacts.mark('jti', 'a', Date.now() + 1000),
  increment: (store) => store.counters.increment('a', 1000),
  read: (store) => store.counters.read('a'),
  decrement: (store) => store.counters.decrement('a'),
  reset: (store) => store.counters.reset('a'),
}

const refuseAll = async (store: RedisStore, names = Object.keys(calls)): Promise<void> => {
  const outcomes = await Promise.allSettled(names.map((name) => calls[name]?.(store)))
  for (const [at, outcome] of outcomes.entries()) {
    expect({ name: names[at], ...outcome }).toMatchObject({ status: 'rejected', reason: unavailable })
  }
}

const isBack = (store: RedisStore) =>
  expect
    .poll(
      () =>
        store.ping().then(
          () => 'back',
          () => 'away',
        ),
      { timeout: 5000, interval: 50 },
    )
    .toBe('back')

describe.skipIf(!services())('Redis away', () => {
  let redis: RedisProcess
  let proxy: FaultProxy
  beforeAll(async () => {
    redis = await startRedis()
    proxy = await startFaultProxy(redis)
  })
  afterAll(async () => {
    await proxy.stop()
    await redis.stop()
  })
  const open = async () => {
    await proxy.pass()
    const store = openForTest(`redis://127.0.0.1:${proxy.port}`)
    await store.ping()
    return store
  }

  it('opens while Redis is down, refuses every call, and serves when it starts (R-01)', async () => {
    const port = await freePort()
    const store = openForTest(`redis://127.0.0.1:${port}`)
    await refuseAll(store)
    await expect(store.inspect()).rejects.toMatchObject(unavailable)
    const late = await startRedis({ port })
    onTestFinished(() => late.stop())
    await isBack(store)
    await store.artifacts.put(code('a'))
    expect(await store.artifacts.consume('Code', 'a')).toEqual({ kind: 'won' })
  })

  it('refuses every call while Redis is silent, and serves when it answers again (R-02)', async () => {
    const store = await open()
    await proxy.blackhole()
    await refuseAll(store)
    await refuseAll(store)
    await proxy.pass()
    await isBack(store)
    expect(await store.artifacts.mark('jti', 'after silence', Date.now() + 60_000)).toBe(true)
  })

  it('refuses every call while connections are refused, and says so once an outage (R-02)', async () => {
    const store = await open()
    for (let outage = 1; outage <= 2; outage += 1) {
      await proxy.cut()
      await refuseAll(store)
      await refuseAll(store)
      await proxy.pass()
      await isBack(store)
      expect(store.warnings).toHaveLength(2 * outage)
    }
    expect(store.warnings[0]).toContain('Redis is out of reach')
    expect(store.warnings[1]).toContain('Redis is back')
  })

  it('never sends a consume again whose answer was lost (R-04)', async () => {
    const store = await open()
    await store.artifacts.put({ ...code('lost'), grantId: undefined })
    await proxy.dropReplies()
    const outcomes = await Promise.allSettled([
      store.artifacts.consume('Code', 'lost'),
      store.counters.increment('lost', 60_000),
    ])
    for (const outcome of outcomes) expect(outcome).toMatchObject({ status: 'rejected', reason: unavailable })
    await proxy.pass()
    await isBack(store)
    expect(await store.artifacts.consume('Code', 'lost')).toMatchObject({ kind: 'lost' })
    expect(await store.counters.read('lost')).toMatchObject({ count: 1 })
  })

  it('bears slow answers', async () => {
    const store = await open()
    await proxy.delay(150)
    await store.artifacts.put(code('slow'))
    expect(await store.artifacts.find('Code', 'slow')).toBeDefined()
    expect(store.warnings).toEqual([])
  })

  it('needs one serial round trip for each call, however many it makes at once', async () => {
    const store = await open()
    const trips: number[] = []
    for (let n = 0; n < 5; n += 1) {
      const before = proxy.bursts()
      await store.artifacts.put(code('chain'))
      await Promise.all([store.artifacts.find('Code', 'chain'), store.counters.read('chain')])
      await store.artifacts.consume('Code', 'chain')
      trips.push(proxy.bursts() - before)
    }
    // The connection for messages has its own round trips now and then: they touch a measurement or two.
    expect(trips.sort((one, other) => one - other)[2]).toBe(3)
  })

  it('finishes what is under way before it closes, and refuses every call afterwards', async () => {
    const store = await open()
    const writes = Promise.all(Array.from({ length: 10 }, (_, n) => store.artifacts.put(code(`close-${n}`))))
    await store.close()
    await expect(writes).resolves.toHaveLength(10)
    await store.close()
    await refuseAll(store)
  })

  it('closes while Redis is silent, and while it was never there', async () => {
    const silent = await open()
    await proxy.blackhole()
    const ping = silent.ping()
    await Promise.all([silent.close(), expect(ping).rejects.toMatchObject(unavailable)])
    const never = openForTest(`redis://127.0.0.1:${await freePort()}`)
    const early = never.ping()
    await Promise.all([never.close(), expect(early).rejects.toMatchObject(unavailable)])
  })
})

describe('error replies', () => {
  it.each([
    'MISCONF Redis is configured to save RDB snapshots, but it is currently not able to persist on disk.',
    "OOM command not allowed when used memory > 'maxmemory'.",
    "READONLY You can't write against a read only replica.",
    'LOADING Redis is loading the dataset in memory',
    "MASTERDOWN Link with MASTER is down and replica-serve-stale-data is set to 'no'.",
    'CLUSTERDOWN The cluster is down',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    'NOAUTH Authentication required.',
    'WRONGTYPE Operation against a key holding the wrong kind of value',
    'ERR unknown command',
  ])('refuses with store_unavailable on %s, and works when it is over (R-08)', async (error) => {
    const server = await startRespServer()
    onTestFinished(() => server.stop())
    const store = openForTest(server.url)
    await store.ping()
    server.refuse(error)
    const { ping: _, ...data } = calls
    await refuseAll(store, Object.keys(data))
    server.answer(() => [null, null, null, null, null])
    await expect
      .poll(() => store.artifacts.find('Code', 'a').catch(() => 'refused'), { timeout: 5000 })
      .toBeUndefined()
  })

  it('refuses what it cannot read, without repeating it', async () => {
    const server = await startRespServer()
    onTestFinished(() => server.stop())
    const store = openForTest(server.url)
    const values: (string | null)[][] = [
      ['{"broken', String(Date.now() + 60_000), null, null, '1'],
      ['[]', String(Date.now() + 60_000), null, null, '1'],
      ['{}', 'soon', null, null, '1'],
      ['{}', String(Date.now() + 60_000), null, null, null],
    ]
    for (const value of values) {
      server.answer(() => value)
      const refused = store.artifacts.find('Code', 'a')
      await expect(refused).rejects.toMatchObject({ ...unavailable, cause: { name: 'DamagedRecord' } })
    }
  })

  it('keeps payloads out of the cause of a refusal', async () => {
    const server = await startRespServer()
    onTestFinished(() => server.stop())
    const store = openForTest(server.url)
    await store.ping()
    server.refuse('OOM command not allowed')
    const refusal: unknown = await store.artifacts.put(code('a')).catch((error: unknown) => error)
    expect(refusal).toMatchObject({ cause: { message: 'OOM command not allowed' } })
    expect(
      JSON.stringify(refusal, (_, value) => (value instanceof Error ? { ...value } : value)),
    ).not.toContain('of the payload')
  })
})

describe.skipIf(!services())('a password', () => {
  it('opens the server, and a wrong one is refused without being told', async () => {
    const redis = await startRedis({ args: ['--requirepass', 'right-password'] })
    onTestFinished(() => redis.stop())
    const right = openForTest(redis.url.replace('redis://', 'redis://:right-password@'))
    await right.ping()
    const wrong = openForTest(redis.url.replace('redis://', 'redis://:hunter2-wrong@'))
    await expect(wrong.ping()).rejects.toMatchObject(unavailable)
    expect(wrong.warnings).toEqual([expect.stringContaining('WRONGPASS')])
    expect(wrong.warnings.join()).not.toContain('hunter2')
    const none = openForTest(redis.url)
    await expect(none.ping()).rejects.toMatchObject(unavailable)
    const refusal = await wrong.inspect().catch((error: unknown) => error)
    expect(refusal).toMatchObject(unavailable)
    expect(inspect(refusal, { depth: 10, showHidden: true })).not.toContain('hunter2')
  })
})
