import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, describe, expect, it } from 'vitest'
import { seed } from '../flows/subject.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { services } from '../support/services/index.ts'
import { type RedisProcess, startRedis } from '../support/services/redis.ts'
import { contradictions, type Facts, noFacts } from './facts.ts'
import { type Crowd, gather, isLater } from './load.ts'
import { untilReady } from './ready.ts'
import { type Timeline, timeline } from './timeline.ts'

const ROUNDS = process.env.LONG === '1' ? 50 : 3

/**
 * Of each way to keep the append-only file: milliseconds before the end of the process whose facts may be lost.
 *
 * Replies leave after the write to the file, and what is written outlives the process, not the machine: so a power cut
 * takes more, with `everysec` the last second and with `always` nothing, which cannot be shown here. But with `everysec`
 * Redis puts off writes while its fsync takes long, for two seconds at most (flushAppendOnlyFile of aof.c).
 */
const WINDOWS = { always: 0, everysec: 2_500 }
/** Milliseconds of load in a round: at least, once there is a fact of each kind, and at most. */
const [BUSY, LONGEST] = [500, 15_000]
const KINDS = ['codes', 'revoked', 'accounts', 'ended', 'alive'] as const

const env = {
  ARGON2_MEMORY: '128',
  ARGON2_TIME: '1',
  LIMIT_REGISTRATION_PREFIX: '1000000',
  REFRESH_GRACE: '300',
  LOG_LEVEL: 'fatal',
}

const running: { stop(): Promise<unknown> }[] = []
afterAll(async () => {
  for (const one of running.reverse()) await one.stop()
})

const start = async (appendfsync: string) => {
  const redis = await startRedis({ args: ['--appendonly', 'yes', '--appendfsync', appendfsync] })
  running.push(redis)
  const on = await startDeployment({ seed, env, processes: 2, stores: { REDIS_URL: redis.url } })
  running.push(on)
  return { redis, on }
}

interface Scene {
  redis: RedisProcess
  on: Deployment
  crowd: Crowd
}

/** Kills Redis under load and starts it again. */
const crash = async ({ redis, on, crowd }: Scene, window: number): Promise<Facts> => {
  const { facts, acknowledged, asOf }: Timeline = timeline()
  const isComplete = Promise.withResolvers<void>()
  const killed = Promise.race([isComplete.promise, sleep(LONGEST, undefined, { ref: false })]).then(
    async () => {
      await sleep(window + Math.random() * BUSY)
      const at = performance.now()
      await redis.kill()
      return at
    },
  )
  await crowd.work(facts, () => {
    acknowledged()
    if (KINDS.every((kind) => facts[kind].length > 0)) isComplete.resolve()
  })
  const at = await killed
  await redis.restart()
  await untilReady(on)
  return window === 0 ? facts : asOf(at - window)
}

describe.skipIf(!services())('R-05 Redis is killed under load', () => {
  it.each(['always', 'everysec'] as const)(
    'and with appendfsync %s what was acknowledged holds: codes are used, tokens revoked, sessions ended and alive',
    async (appendfsync) => {
      const { redis, on } = await start(appendfsync)
      const crowd = await gather(on.issuer, isLater)
      const all = noFacts()
      for (let round = 0; round < ROUNDS; round++) {
        const facts = await crash({ redis, on, crowd }, WINDOWS[appendfsync])
        for (const kind of KINDS) expect(facts[kind], kind).not.toEqual([])
        expect(await contradictions(on.issuer, facts), `after crash ${round}`).toEqual([])
        all.revoked.push(...facts.revoked)
        all.ended.push(...facts.ended)
      }
      // They have been through the other crashes as well.
      expect(await contradictions(on.issuer, all)).toEqual([])
    },
    1_800_000,
  )
})
