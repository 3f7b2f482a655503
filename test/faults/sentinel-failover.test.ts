import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { calls } from '../flows/calls.ts'
import { kim, seed, shop } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import { services } from '../support/services/index.ts'
import type { RedisProcess } from '../support/services/redis.ts'
import { untilRedisSays } from '../support/services/redis-answer.ts'
import { type RedisSentinel, startRedisSentinel } from '../support/services/redis-sentinel.ts'
import { contradictions, type Facts, noFacts } from './facts.ts'
import { type Crowd, gather, isLater } from './load.ts'
import { OFFLINE } from './made.ts'
import { untilReady } from './ready.ts'

/** Milliseconds in which writes resume after the end of the primary. */
const RESUMED = 15_000
/** Milliseconds of load before it. */
const BUSY = 3_000
const ROUNDS = process.env.LONG === '1' ? 10 : 1

const env = {
  ARGON2_MEMORY: '128',
  ARGON2_TIME: '1',
  LIMIT_REGISTRATION_PREFIX: '1000000',
  REFRESH_GRACE: '300',
  LOG_LEVEL: 'fatal',
}

/** Tries a flow with writes until it passes: milliseconds, and the failures on the way. */
const resume = async (party: RelyingParty, issuer: string): Promise<{ took: number; failed: number[] }> => {
  const start = performance.now()
  const statuses: number[] = []
  for (;;) {
    const took = performance.now() - start
    try {
      const agent = createAgent({ onAnswer: ({ status }) => void statuses.push(status) })
      const tokens = await party.signIn(agent, kim, OFFLINE)
      const { status } = await calls({ issuer }).revoke(shop, tokens.refresh_token)
      statuses.push(status)
      if (status === 200) return { took, failed: statuses.filter((one) => one >= 400) }
    } catch (error) {
      if (took > 2 * RESUMED) throw error
      await sleep(100)
    }
  }
}

interface Scene {
  on: Deployment
  party: RelyingParty
  crowd: Crowd
}

const start = async (REDIS_URL: string, processes: number): Promise<Scene> => {
  const on = await startDeployment({ seed, env, processes, stores: { REDIS_URL } })
  const party = await relyingParty(on.issuer, shop)
  return { on, party, crowd: await gather(on.issuer, isLater) }
}

describe.skipIf(!services())('R-09 Sentinel: the primary is killed under load', () => {
  let group: RedisSentinel
  /** Its writes are confirmed by a replica before they are acknowledged. */
  let careful: Scene
  let plain: Scene
  beforeAll(async () => {
    group = await startRedisSentinel({ replicas: 2, sentinels: 3 })
    careful = await start(`${group.url}?wait=1&prefix=careful:`, 2)
    plain = await start(`${group.url}?prefix=plain:`, 1)
  })
  afterAll(async () => {
    await plain?.on.stop()
    await careful?.on.stop()
    await group?.stop()
  })

  const primary = async (): Promise<RedisProcess> => {
    const [sentinel] = group.sentinels
    const asking = new Redis(sentinel?.port ?? 0)
    const [, port] = Array(await asking.call('sentinel', 'get-master-addr-by-name', 'mymaster')).flat()
    asking.disconnect()
    const found = [group.primary, ...group.replicas].find((node) => String(node.port) === port)
    if (!found) throw new Error(`no primary at ${port}`)
    return found
  }

  const kill = async (): Promise<RedisProcess> => {
    const node = await primary()
    await sleep(BUSY)
    await node.kill()
    return node
  }

  /** The primary ends and comes back, without its data, as a replica. */
  const failOver = async (facts: Facts): Promise<void> => {
    const nothing = () => undefined
    const [dead] = await Promise.all([
      kill(),
      careful.crowd.work(facts, nothing),
      // Its replicas may lack the last writes; service is all that is promised.
      plain.crowd.work(noFacts(), nothing),
    ])
    const resumed = await Promise.all([careful, plain].map(({ party, on }) => resume(party, on.issuer)))
    for (const { took, failed } of resumed) {
      expect(took).toBeLessThan(RESUMED)
      expect(failed.filter((status) => status !== 503)).toEqual([])
    }
    await untilReady(careful.on)
    // Accounts are not in Redis.
    expect(await contradictions(careful.on.issuer, { ...facts, accounts: [] })).toEqual([])
    await dead.restart()
    expect(await untilRedisSays(dead.port, 'INFO replication', /^master_link_status:up/m)).toBe(true)
    const { revoked, ended } = facts
    expect(await contradictions(careful.on.issuer, { ...noFacts(), revoked, ended })).toEqual([])
  }

  it('writes resume within 15 s, and what replicas had confirmed holds: no used code, revoked token or ended session is back', async () => {
    for (let round = 0; round < ROUNDS; round++) {
      const facts = noFacts()
      await failOver(facts)
      for (const kind of ['codes', 'revoked', 'ended', 'alive'] as const)
        expect(facts[kind], kind).not.toEqual([])
    }
  }, 900_000)
})
