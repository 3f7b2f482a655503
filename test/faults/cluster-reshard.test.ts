import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { calls } from '../flows/calls.ts'
import { seed, shop } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import { services } from '../support/services/index.ts'
import { type RedisCluster, startRedisCluster } from '../support/services/redis-cluster.ts'
import { openCode } from './made.ts'
import { type Laters, patient, patientCalls } from './patience.ts'
import { errorsSaid, moveSlots } from './slots.ts'

/** Milliseconds of flows while slots move. */
const MOVING = process.env.LONG === '1' ? 60_000 : 10_000
const PEOPLE = 6

const env = { ARGON2_MEMORY: '128', ARGON2_TIME: '1', REFRESH_GRACE: '300', LOG_LEVEL: 'fatal' }

const ALL_WELL = {
  exchanged: 200,
  refreshed: 200,
  told: true,
  revoked: 200,
  dead: false,
  left: 303,
  silent: 'login_required',
}

/** Everything that the server has, once: what came of it. */
const flow = async (party: RelyingParty, issuer: string, laters: Laters): Promise<object> => {
  const agent = patient(createAgent(), laters)
  const ask = patientCalls(calls({ issuer }), laters)
  const exchanged = await ask.token(shop, await openCode(party, agent))
  const refreshed = await ask.refresh(shop, exchanged.body.refresh_token)
  const told = await ask.introspect(shop, refreshed.body.access_token)
  const revoked = await ask.revoke(shop, refreshed.body.refresh_token)
  const dead = await ask.introspect(shop, refreshed.body.access_token)
  const form = await agent.get(`${issuer}/oauth2/logout`)
  const left = await agent.submit(form, '#logout-yes', {}, { stopAt: '' })
  const silent = await agent.get((await party.leave({ prompt: 'none' })).url, { stopAt: shop.redirectUri })
  return {
    exchanged: exchanged.status,
    refreshed: refreshed.status,
    told: told.body.active,
    revoked: revoked.status,
    dead: dead.body.active,
    left: left.status,
    silent: new URL(silent.location ?? issuer).searchParams.get('error'),
  }
}

/**
 * A flow that fails after it was told "later" begins once more: a code may have been used before that was said.
 * A node is silent now and then, while it waits for its disk to take where the slots are.
 *
 * @returns whether it was told so
 */
const flowOrOneMore = async (party: RelyingParty, issuer: string): Promise<boolean> => {
  const laters = { count: 0 }
  try {
    expect(await flow(party, issuer, laters)).toEqual(ALL_WELL)
  } catch (error) {
    if (laters.count === 0) throw error
    expect(await flow(party, issuer, laters)).toEqual(ALL_WELL)
  }
  return laters.count > 0
}

describe.skipIf(!services())('R-10 Redis Cluster', () => {
  let cluster: RedisCluster
  let on: Deployment
  beforeAll(async () => {
    cluster = await startRedisCluster({ masters: 3 })
    on = await startDeployment({ seed, env, processes: 2, stores: { REDIS_URL: cluster.url } })
  })
  afterAll(async () => {
    await on?.stop()
    await cluster?.stop()
  })

  /** Redis forgets the scripts that it has compiled. */
  const forgetScripts = async (nodes: Redis[], isTime: () => boolean): Promise<void> => {
    for (let turn = 0; isTime(); turn += 1) {
      await nodes[turn % nodes.length]?.script('FLUSH')
      await sleep(200)
    }
  }

  /** Round and round: how often. */
  const move = async (nodes: Redis[], isTime: () => boolean): Promise<number> => {
    let moves = 0
    for (; isTime(); moves += 1) await moveSlots(nodes, moves)
    return moves
  }

  it('no flow fails while slots move and scripts are forgotten, but for a retry after "later"', async () => {
    const party = await relyingParty(on.issuer, shop)
    const nodes = cluster.nodes.map(({ port }) => new Redis(port))
    const until = performance.now() + MOVING
    const isTime = () => performance.now() < until
    const wereDelayed: boolean[] = []
    const live = async () => {
      while (isTime()) wereDelayed.push(await flowOrOneMore(party, on.issuer))
    }
    const people = Array.from({ length: PEOPLE }, live)
    const [moved] = await Promise.all([move(nodes, isTime), forgetScripts(nodes, isTime), ...people])
    const said = await errorsSaid(nodes)
    for (const node of nodes) node.disconnect()
    expect(moved).toBeGreaterThan(0)
    expect([...said]).toEqual(expect.arrayContaining(['ASK', 'MOVED']))
    expect(wereDelayed.filter((wasDelayed) => !wasDelayed).length).toBeGreaterThan(PEOPLE)
  }, 180_000)
})
