import { randomUUID } from 'node:crypto'
import { Cluster, Redis } from 'ioredis'
import { onTestFinished } from 'vitest'
import { type OpenRedisOptions, openRedis, type RedisStore } from '../../../src/store/redis/open.ts'

export interface OpenedForTest extends RedisStore {
  /** Messages of the warnings so far. */
  warnings: string[]
}

/** The URL with a prefix of its own, so that tests on one server do not see each other. */
export const withPrefix = (url: string, prefix = `t${randomUUID().slice(0, 8)}:`): string =>
  `${url}${url.includes('?') ? '&' : '?'}prefix=${prefix}`

/** A store that closes after the present test. */
export const openForTest = (url: string, options: Partial<OpenRedisOptions> = {}): OpenedForTest => {
  const warnings: string[] = []
  const store = openRedis({
    url,
    now: Date.now,
    log: { warn: (fields, message) => void warnings.push(`${message} ${JSON.stringify(fields)}`) },
    metrics: { store: () => undefined },
    id: undefined,
    ...options,
  })
  onTestFinished(() => store.close())
  return { ...store, warnings }
}

/** A plain client on the server of a `redis:` URL, to look at what the driver has left there. */
export const clientOf = (url: string): Redis => {
  const { hostname, port } = new URL(url)
  const client = new Redis({ host: hostname, port: Number(port) })
  onTestFinished(() => client.disconnect())
  return client
}

/** Keys that begin with the prefix and would stay for ever, on every node. */
export const immortalKeys = async (client: Redis | Cluster, prefix: string): Promise<string[]> => {
  const nodes = client instanceof Cluster ? client.nodes('master') : [client]
  const found = await Promise.all(
    nodes.map(async (node) => {
      const keys = await node.keys(`${prefix}*`)
      const lives = await Promise.all(keys.map((key) => node.pttl(key)))
      return keys.filter((_, at) => lives[at] === -1)
    }),
  )
  return found.flat()
}

export const unavailable = { code: 'store_unavailable', retryAfter: 2 }

/** Whether a call succeeds, to ask again and again until it does. */
export const succeeds = (call: Promise<unknown>): Promise<boolean> =>
  call.then(
    () => true,
    () => false,
  )
