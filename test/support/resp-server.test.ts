import { Redis, type RedisOptions } from 'ioredis'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { type RespServer, startRespServer } from './resp-server.ts'

let server: RespServer
type Named = 'protocol' | 'db' | 'commandTimeout' | 'enableReadyCheck' | 'maxRetriesPerRequest'
type Options = Partial<Pick<RedisOptions, Named>>

const clients: Redis[] = []
const client = (options: Options = {}): Redis => {
  const created = new Redis({
    port: server.port,
    maxRetriesPerRequest: 0,
    retryStrategy: () => 20,
    ...options,
  })
  created.on('error', () => undefined)
  clients.push(created)
  return created
}
beforeEach(async () => {
  server = await startRespServer()
})
afterEach(async () => {
  for (const created of clients.splice(0)) created.disconnect()
  await server.stop()
})

describe.each([2, 3] as const)('with protocol %i', (protocol) => {
  it('lets a client connect and answers its commands as chosen', async () => {
    const redis = client({ protocol, db: 1 })
    expect(await redis.get('a')).toBeNull()
    server.answer(([name, key]) => (name === 'GET' ? `value of ${key} ü` : [1, 'two', null, ['three']]))
    expect(await redis.get('a')).toBe('value of a ü')
    expect(await redis.mget('b')).toEqual([1, 'two', null, ['three']])
    expect(await redis.ping()).toBe('PONG')
    expect(server.received()).toEqual([
      ['GET', 'a'],
      ['GET', 'a'],
      ['MGET', 'b'],
    ])
  })

  it.each([
    'MISCONF Redis is configured to save RDB snapshots',
    "READONLY You can't write against a read only replica.",
    'MASTERDOWN Link with MASTER is down',
    'CLUSTERDOWN The cluster is down',
    'TRYAGAIN Multiple keys request during rehashing of slot',
    "OOM command not allowed when used memory > 'maxmemory'.",
  ])('refuses with %s until it is told otherwise', async (error) => {
    const redis = client({ protocol })
    expect(await redis.set('a', '1')).toBeNull()
    server.refuse(error)
    await expect(redis.set('a', '1')).rejects.toThrow(error)
    server.answer(() => 'OK')
    expect(await redis.set('a', '1')).toBe('OK')
  })

  it('takes a pipeline, a transaction and one with a refused command', async () => {
    const redis = client({ protocol })
    server.answer(([name]) => (name === 'INCR' ? 7 : new Error('OOM')))
    expect(await redis.pipeline().incr('a').set('b', '1').exec()).toMatchObject([
      [null, 7],
      [{ message: 'OOM' }],
    ])
    expect(await redis.multi().incr('a').incr('b').exec()).toEqual([
      [null, 7],
      [null, 7],
    ])
    await expect(redis.multi().incr('a').set('b', '1').exec()).rejects.toThrow('EXECABORT')
  })

  it('takes subscriptions', async () => {
    const redis = client({ protocol })
    expect(await redis.subscribe('a', 'b')).toBe(2)
    expect(await redis.unsubscribe('a')).toBe(1)
  })
})

it('lets a client wait that connects while it loads', async () => {
  server.refuse('LOADING Redis is loading the dataset in memory')
  const redis = client({ maxRetriesPerRequest: null })
  const pending = redis.get('a')
  await expect(client({ enableReadyCheck: false }).ping()).rejects.toThrow('LOADING')
  expect(server.received()).toEqual([])
  server.answer(() => 'loaded')
  expect(await pending).toBe('loaded')
})

it('refuses all but HELLO and AUTH without a password', async () => {
  server.refuse('NOAUTH Authentication required.')
  const redis = client({ enableReadyCheck: false })
  await expect(redis.get('a')).rejects.toThrow('NOAUTH')
  await expect(redis.ping()).rejects.toThrow('NOAUTH')
  expect(await redis.auth('secret')).toBe('OK')
})

it('leaves a command without an answer when it is told so', async () => {
  server.answer(([, key]) => (key === 'silent' ? undefined : 'said'))
  const redis = client({ commandTimeout: 100 })
  await expect(redis.get('silent')).rejects.toThrow('timed out')
  expect(await client().get('a')).toBe('said')
})
