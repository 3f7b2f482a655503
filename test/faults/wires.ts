import { Redis } from 'ioredis'
import type { StoreUrls } from '../support/deployment.ts'
import { type FaultProxy, startFaultProxy } from '../support/fault-proxy.ts'
import { scaleUrls } from '../support/services/index.ts'

/** The stores of the run, each behind a wire that can be made to fail. */
export interface Wires {
  redis: FaultProxy
  mongo: FaultProxy
  /** Settings of a process behind the wires. */
  stores: StoreUrls
  /** Settings of one that reaches the same data without them. */
  direct: StoreUrls
  stop(): Promise<void>
}

/** `scheme://user@` and the rest of a URL around its first host and port; MongoDB may have more of them. */
const PLACES = /^([a-z+]+:\/\/(?:[^@/?]*@)?)([^:/?,]+):(\d+)(?:,[^/?]*)?(.*)$/

const withWire = async (url: string): Promise<{ wire: FaultProxy; url: string }> => {
  const [, start = '', host = '', port = '', rest = ''] = url.match(PLACES) ?? []
  if (host !== '127.0.0.1' && host !== 'localhost')
    throw new Error(`a wire leads to this machine, not ${host}`)
  const wire = await startFaultProxy({ port: Number(port) })
  return { wire, url: `${start}127.0.0.1:${wire.port}${rest}` }
}

/** Otherwise the driver would go to the addresses that the members of a replica set give, around the wire. */
const direct = (url: string): string => `${url}${url.includes('?') ? '&' : '?'}directConnection=true`

/**
 * Wires to the servers of this run, with a prefix and a database of their own.
 *
 * @param own address of a Redis of the test's own, in place of that of the run
 */
export const startWires = async (own?: string): Promise<Wires> => {
  const common = scaleUrls()
  const urls = own === undefined ? common : { ...common, REDIS_URL: own }
  const redis = await withWire(urls.REDIS_URL)
  const mongo = await withWire(direct(urls.MONGODB_URL))
  return {
    redis: redis.wire,
    mongo: mongo.wire,
    stores: { REDIS_URL: redis.url, MONGODB_URL: mongo.url },
    direct: urls,
    stop: async () => void (await Promise.all([redis.wire.stop(), mongo.wire.stop()])),
  }
}

/** How many artifacts of a model Redis holds. */
export const countKeys = async ({ REDIS_URL }: StoreUrls, model: string): Promise<number> => {
  const { port, hostname, searchParams } = new URL(REDIS_URL)
  const redis = new Redis(Number(port), hostname)
  try {
    let count = 0
    const match = `${searchParams.get('prefix') ?? 'gatehouse:'}a:${model}:*`
    for await (const keys of redis.scanStream({ match, count: 1000 })) count += keys.length
    return count
  } finally {
    redis.disconnect()
  }
}
