import { randomUUID } from 'node:crypto'
import { inject } from 'vitest'

/** Addresses of the servers that this run of the tests has found or started; never of one that a test may harm. */
export interface Services {
  redis: string
  mongo: string
}

const provided = inject('services')

/** Undefined where they are absent: `describe.skipIf(!services())`. */
export const services = (): Services | undefined => ('missing' in provided ? undefined : provided)

/** Why they are absent, which the run has printed once; undefined where they are not. */
export const servicesMissing: string | undefined = 'missing' in provided ? provided.missing : undefined

/**
 * Settings for one part of the tests, which finds what it has stored under its name and nothing of the others.
 *
 * @param name prefix of the keys in Redis and database in MongoDB, of letters and digits; a fresh one by default
 * @throws Error where the services are absent
 */
export const scaleUrls = (name: string = freshName()): { REDIS_URL: string; MONGODB_URL: string } => {
  if ('missing' in provided) throw new Error(provided.missing)
  const { redis, mongo } = provided
  return {
    REDIS_URL: `${redis}${redis.includes('?') ? '&' : '?'}prefix=${name}:`,
    // The hosts of a MongoDB URL may be several, which the URL parser refuses.
    MONGODB_URL: mongo.replace(/^([a-z+]+:\/\/[^/?]+)(\/[^?]*)?/, `$1/${name}`),
  }
}

const freshName = (): string => `gh${randomUUID().replaceAll('-', '').slice(0, 16)}`
