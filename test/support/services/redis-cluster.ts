import { execFile } from 'node:child_process'
import { promisify } from 'node:util'
import { type RedisProcess, startRedis } from './redis.ts'
import { untilRedisSays } from './redis-answer.ts'

export interface RedisCluster {
  /** `redis+cluster:` with every node. */
  url: string
  /** Masters first, as far as the cluster has not changed them since. */
  nodes: RedisProcess[]
  stop(): Promise<void>
}

const NODE = [
  ...['--cluster-enabled', 'yes', '--cluster-node-timeout', '2000', '--cluster-announce-ip', '127.0.0.1'],
  // A replica is of use at once, and takes over however old its data is: the tests have few writes.
  ...['--repl-diskless-sync-delay', '0', '--cluster-replica-validity-factor', '0'],
]

const run = promisify(execFile)

/**
 * Starts a Redis Cluster on loopback, every node in a folder of its own, and waits until each says that it is whole.
 * Takes over two seconds, as a master does not write in its first two.
 *
 * @throws Error if it does not come about
 */
export const startRedisCluster = async ({ masters = 3, replicasEach = 0 } = {}): Promise<RedisCluster> => {
  const count = masters * (1 + replicasEach)
  const nodes = await Promise.all(Array.from({ length: count }, () => startRedis({ args: NODE })))
  const stop = async () => void (await Promise.all(nodes.map((node) => node.stop())))
  const addresses = nodes.map((node) => `127.0.0.1:${node.port}`)
  try {
    const create = ['--cluster', 'create', ...addresses, '--cluster-replicas', String(replicasEach)]
    await run('redis-cli', [...create, '--cluster-yes'])
    for (const node of nodes) await isWhole(node)
  } catch (error) {
    await stop()
    throw error
  }
  return { url: `redis+cluster://${addresses.join(',')}`, nodes, stop }
}

const isWhole = async ({ port }: RedisProcess): Promise<void> => {
  const whole =
    (await untilRedisSays(port, 'CLUSTER INFO', /^cluster_state:ok/m)) &&
    (await untilRedisSays(port, 'INFO replication', /^(role:master|master_link_status:up)/m))
  if (!whole) throw new Error(`node ${port} of the Redis Cluster did not become whole`)
}
