import { expect, it, onTestFinished } from 'vitest'
import { services } from '../../support/services/index.ts'
import { startRedis } from '../../support/services/redis.ts'
import { clientOf, openForTest, unavailable } from './open-for-test.ts'

const artifact = (key: string, expiresAt = Date.now() + 60_000) => ({
  model: 'Code',
  key,
  payload: {},
  expiresAt,
  grantId: 'g',
})

it.skipIf(!services())('R-07 a Redis that is full takes nothing more, and gives and forgets', async () => {
  const redis = await startRedis()
  onTestFinished(() => redis.stop())
  const client = clientOf(redis.url)
  const { artifacts, counters } = openForTest(redis.url)
  await artifacts.put(artifact('held'))
  await artifacts.put(artifact('unwanted'))
  await artifacts.put(artifact('over', Date.now() + 1))
  const size = await client.dbsize()
  await client.config('SET', 'maxmemory', '1')
  const refused: Record<string, () => Promise<unknown>> = {
    'put: new': () => artifacts.put(artifact('new')),
    'put: without a grant': () => artifacts.put({ ...artifact('new'), grantId: undefined }),
    'put: again': () => artifacts.put(artifact('held')),
    'put: over one that has expired': () => artifacts.put(artifact('over')),
    putIf: () => artifacts.putIf(artifact('held'), 1),
    consume: () => artifacts.consume('Code', 'held'),
    mark: () => artifacts.mark('jti', 'new', Date.now() + 60_000),
    increment: () => counters.increment('new', 60_000),
  }
  for (const [name, call] of Object.entries(refused))
    await expect(call(), name).rejects.toMatchObject(unavailable)
  expect(await artifacts.find('Code', 'held')).toMatchObject({ revision: 1, consumedAt: undefined })
  expect(await client.dbsize()).toBe(size)
  await artifacts.remove('Code', 'unwanted')
  expect(await artifacts.find('Code', 'unwanted')).toBeUndefined()
  await client.config('SET', 'maxmemory', '0')
  expect(await artifacts.consume('Code', 'held')).toEqual({ kind: 'won' })
})
