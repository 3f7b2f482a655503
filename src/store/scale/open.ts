import type { Log, Metrics } from '../../domain/observe.ts'
import type { ChangeTopic, Clock, Store } from '../../domain/ports.ts'
import { changes } from '../changes.ts'
import type { Finding } from '../finding.ts'
import { openMongo } from '../mongo/open.ts'
import { openRedis } from '../redis/open.ts'
import { cachedAccounts } from './cached-accounts.ts'
import { followIntents } from './feed.ts'

export interface OpenScaleOptions {
  mongodbUrl: string
  redisUrl: string
  /** Name of this process among those that share the stores; undefined for one that comes and goes. */
  id: string | undefined
  now: Clock
  log: Pick<Log, 'info' | 'warn' | 'error'>
  metrics: Pick<Metrics, 'store'>
  /** Milliseconds, at most 1000, between looks at what other processes changed. */
  pollInterval: number
}

export interface ScaleStore extends Store {
  /** What an operator should know of both servers; `store_unavailable` where one is away. */
  inspect(): Promise<Finding[]>
}

/** Milliseconds to wait for MongoDB: it may start beside a server, and somebody waits for a command. */
const PATIENCE = { server: 30_000, command: 5_000 }

/**
 * Durable facts in MongoDB, expiring ones in Redis, shared by any number of processes. MongoDB has to answer; Redis may
 * come later.
 *
 * @throws StartFault if MongoDB cannot be used, or one of the addresses says nothing
 */
export const openScale = async (options: OpenScaleOptions): Promise<ScaleStore> => {
  const { now, log, metrics, id, pollInterval } = options
  const topics = changes()
  const redis = openRedis({ url: options.redisUrl, now, log, metrics, id })
  let forget = (_sub: string | undefined): void => undefined
  const added = (topic: ChangeTopic): void => {
    topics.touch(topic)
    topics.publish()
  }
  const notice = (topic: ChangeTopic, id?: string): void => {
    if (topic === 'accounts') forget(id)
    added(topic)
  }
  const changed = (topic: ChangeTopic, id: string): void => {
    notice(topic, id)
    redis.publish(topic, id)
  }
  try {
    const patience = PATIENCE[id === undefined ? 'command' : 'server']
    const mongo = await openMongo({ url: options.mongodbUrl, now, log, metrics, changed, added, patience })
    const accounts = cachedAccounts(mongo.accounts)
    forget = accounts.forget
    redis.onTopic(notice)
    const stopFollowing = await followIntents({
      intents: mongo.intents,
      notice,
      log,
      pollInterval,
      elapsed: () => performance.now(),
    })
    return {
      kind: 'mongo+redis',
      accounts,
      clients: mongo.clients,
      documents: mongo.documents,
      consents: mongo.consents,
      audit: mongo.audit,
      artifacts: redis.artifacts,
      counters: redis.counters,
      async ping() {
        await Promise.all([mongo.ping(), redis.ping()])
      },
      inspect: async () => (await Promise.all([mongo.inspect(), redis.inspect()])).flat(),
      onChange: topics.listen,
      async close() {
        stopFollowing()
        forget(undefined)
        await Promise.all([mongo.close(), redis.close()])
      },
    }
  } catch (error) {
    await redis.close()
    throw error
  }
}
