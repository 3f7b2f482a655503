import { mkdtempSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onFreePort, type RedisProcess, running, startRedis } from './redis.ts'
import { redisSays, untilRedisSays } from './redis-answer.ts'

export interface RedisSentinel {
  /** `redis+sentinel:` with every sentinel and the name of the primary. */
  url: string
  /** The primary and its replicas as they were at first. */
  primary: RedisProcess
  replicas: RedisProcess[]
  sentinels: RedisProcess[]
  stop(): Promise<void>
}

const NAME = 'mymaster'
const QUORUM = 2

/** Fast to notice and to act, as a test waits for it. */
const config = (port: number, primary: number): string => `
bind 127.0.0.1
port ${port}
sentinel monitor ${NAME} 127.0.0.1 ${primary} ${QUORUM}
sentinel down-after-milliseconds ${NAME} 1000
sentinel failover-timeout ${NAME} 4000
`

/** Milliseconds between their greetings and questions, which are 2,000 and 10,000 else. */
const EAGER = 'SENTINEL DEBUG publish-period 200 info-period 1000'

/**
 * Starts a primary with replicas, and sentinels that watch them, and waits until every sentinel knows all of them.
 *
 * @throws Error if it does not come about
 */
export const startRedisSentinel = async ({
  replicas: replicaCount = 1,
  sentinels: sentinelCount = 3,
} = {}): Promise<RedisSentinel> => {
  const started: RedisProcess[] = []
  const stop = async () => void (await Promise.all(started.map((process) => process.stop())))
  const kept = async (starting: Promise<RedisProcess>): Promise<RedisProcess> => {
    const process = await starting
    started.push(process)
    return process
  }
  const several = (count: number, start: () => Promise<RedisProcess>) =>
    Promise.all(Array.from({ length: count }, () => kept(start())))
  try {
    const primary = await kept(startRedis({ args: ['--repl-diskless-sync-delay', '0'] }))
    const replicas = await several(replicaCount, () => startReplica(primary.port))
    const sentinels = await several(sentinelCount, () => startSentinel(primary.port))
    for (const { port } of sentinels) await knows(port, { replicaCount, sentinelCount })
    const hosts = sentinels.map(({ port }) => `127.0.0.1:${port}`)
    return { url: `redis+sentinel://${hosts.join(',')}/${NAME}`, primary, replicas, sentinels, stop }
  } catch (error) {
    await stop()
    throw error
  }
}

const startReplica = async (primary: number): Promise<RedisProcess> => {
  const replica = await startRedis({
    args: ['--repl-diskless-sync-delay', '0', '--replicaof', `127.0.0.1 ${primary}`],
  })
  if (await untilRedisSays(replica.port, 'INFO replication', /^master_link_status:up/m)) return replica
  await replica.stop()
  throw new Error('a replica did not reach its primary')
}

const startSentinel = async (primary: number): Promise<RedisProcess> => {
  const dir = mkdtempSync(join(tmpdir(), 'sentinel-'))
  const file = join(dir, 'sentinel.conf')
  const sentinel = await onFreePort((port) => {
    writeFileSync(file, config(port, primary))
    return running(port, dir, [file, '--sentinel'])
  })
  await redisSays(sentinel.port, EAGER, /^\+OK/)
  return sentinel
}

const knows = async (
  port: number,
  { replicaCount, sentinelCount }: { replicaCount: number; sentinelCount: number },
): Promise<void> => {
  const all = new RegExp(`status=ok,.*,slaves=${replicaCount},sentinels=${sentinelCount}\\b`)
  if (await untilRedisSays(port, 'INFO sentinel', all)) return
  throw new Error(`sentinel ${port} does not know the others`)
}
