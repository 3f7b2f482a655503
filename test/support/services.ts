import type { TestProject } from 'vitest/node'
import { buildMongoServer, mongoMissing, startMongo } from './services/mongo.ts'
import { isOnPath } from './services/on-path.ts'
import { startRedis } from './services/redis.ts'

declare module 'vitest' {
  export interface ProvidedContext {
    /** Where the stores of scale mode are in this run, or why they are not. */
    services: { redis: string; mongo: string } | { missing: string }
  }
}

interface Service {
  url: string
  stop(): Promise<void>
}

/** Somebody else's server, which stays. */
const given = (url: string): Service => ({ url, stop: async () => undefined })

/**
 * Finds or starts, once in a run of the tests, a Redis and a MongoDB server for all files together.
 *
 * @throws Error if one that is here does not start, or with `REQUIRE_SERVICES=1` if one is absent
 */
export default async (project: TestProject): Promise<() => Promise<void>> => {
  const missing = await whatIsMissing()
  if (missing !== undefined) {
    if (process.env.REQUIRE_SERVICES === '1') throw new Error(missing)
    console.warn(`Skipped what needs Redis and MongoDB: ${missing}`)
    project.provide('services', { missing })
    return async () => undefined
  }
  const { TEST_REDIS_URL, TEST_MONGODB_URL } = process.env
  const starting = [
    TEST_REDIS_URL ? given(TEST_REDIS_URL) : startRedis(),
    TEST_MONGODB_URL ? given(TEST_MONGODB_URL) : startMongo(),
  ] as const
  const stop = async () => {
    for (const end of await Promise.allSettled(starting))
      if (end.status === 'fulfilled') await end.value.stop()
  }
  try {
    const [redis, mongo] = await Promise.all(starting)
    project.provide('services', { redis: redis.url, mongo: mongo.url })
    return stop
  } catch (error) {
    await stop()
    throw error
  }
}

/** Why scale mode cannot be tested here; undefined if it can. */
export const whatIsMissing = async (): Promise<string | undefined> => {
  const redis = process.env.TEST_REDIS_URL || isOnPath('redis-server') ? undefined : NO_REDIS
  const mongo = process.env.TEST_MONGODB_URL ? undefined : await whyNoMongo()
  const reasons = [redis, mongo].filter((reason) => reason !== undefined)
  return reasons.length === 0 ? undefined : reasons.join('; ')
}

const NO_REDIS = 'there is no redis-server on PATH: install it, or name a server in TEST_REDIS_URL'

/** A build that fails, as without a network, leaves the server as absent as without Java. */
const whyNoMongo = async (): Promise<string | undefined> => {
  const reason = mongoMissing()
  if (reason !== undefined) return `${reason}, or name a server in TEST_MONGODB_URL`
  try {
    await buildMongoServer()
    return undefined
  } catch (error) {
    return `the MongoDB-protocol server could not be built, and TEST_MONGODB_URL names no other: ${error}`
  }
}
