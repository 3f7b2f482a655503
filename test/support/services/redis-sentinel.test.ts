import { Redis } from 'ioredis'
import { expect, it } from 'vitest'
import { startRedisSentinel } from './redis-sentinel.ts'

it('makes a replica the primary when the primary is killed, and the old one its replica', async () => {
  const { url, primary, replicas, sentinels, stop } = await startRedisSentinel()
  const hosts = sentinels.map(({ port }) => ({ host: '127.0.0.1', port }))
  const client = new Redis({ sentinels: hosts, name: 'mymaster', sentinelRetryStrategy: () => 100 })
  client.on('error', () => undefined)
  try {
    expect(url).toBe(`redis+sentinel://${hosts.map(({ port }) => `127.0.0.1:${port}`).join(',')}/mymaster`)
    expect(await client.info('server')).toContain(`tcp_port:${primary.port}`)
    await client.set('kept', 'yes')
    expect(await client.wait(1, 5_000)).toBe(1)
    await primary.kill()
    await expect
      .poll(() => client.info('server'), { timeout: 20_000 })
      .toContain(`tcp_port:${replicas[0]?.port}`)
    expect(await client.get('kept')).toBe('yes')
    await primary.restart()
    await expect.poll(() => client.info('replication'), { timeout: 20_000 }).toContain(`port=${primary.port}`)
  } finally {
    client.disconnect()
    await stop()
  }
})
