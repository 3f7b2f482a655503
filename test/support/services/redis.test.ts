import { Redis } from 'ioredis'
import { afterEach, expect, it } from 'vitest'
import { type RedisProcess, startRedis } from './redis.ts'

const started: RedisProcess[] = []
const clients: Redis[] = []
const start = async (options?: Parameters<typeof startRedis>[0]): Promise<RedisProcess> => {
  const redis = await startRedis(options)
  started.push(redis)
  return redis
}
const connected = ({ url }: RedisProcess): Redis => {
  const client = new Redis(url, { maxRetriesPerRequest: 0, retryStrategy: () => null })
  client.on('error', () => undefined)
  clients.push(client)
  return client
}
afterEach(async () => {
  for (const client of clients.splice(0)) client.disconnect()
  for (const redis of started.splice(0)) await redis.stop()
})

it('answers when it has started', async () => {
  expect(await connected(await start()).ping()).toBe('PONG')
})

it('has its data after a kill when it writes them to a file, on the same port', async () => {
  const redis = await start({ args: ['--appendonly', 'yes', '--appendfsync', 'always'] })
  await connected(redis).set('kept', 'yes')
  const { pid } = redis
  await redis.kill()
  await expect(connected(redis).ping()).rejects.toThrow()
  await redis.restart()
  expect(await connected(redis).get('kept')).toBe('yes')
  expect(redis.pid).not.toBe(pid)
})

it('has forgotten its data after a restart in memory', async () => {
  const redis = await start()
  await connected(redis).set('kept', 'yes')
  await redis.restart()
  expect(await connected(redis).get('kept')).toBeNull()
})

it('tells why it has not started, when its port is taken or an option is wrong', async () => {
  const { port } = await start()
  await expect(start({ port })).rejects.toThrow('Address already in use')
  await expect(start({ args: ['--no-such-option', '1'] })).rejects.toThrow('no-such-option')
})

it('starts with a password', async () => {
  const redis = await start({ args: ['--requirepass', 'open'] })
  await expect(connected(redis).get('a')).rejects.toThrow('NOAUTH')
})
