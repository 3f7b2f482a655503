import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Calls, calls } from '../flows/calls.ts'
import { kim, shop } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import { services } from '../support/services/index.ts'
import { type RedisProcess, startRedis } from '../support/services/redis.ts'
import { first, second } from './endpoints.ts'
import { make, OFFLINE, openCode, seedOfFaults } from './made.ts'
import { askInTurn, isDone, lines, type Outcome, wholeFlow } from './outage.ts'
import { untilReady } from './ready.ts'

const env = { ARGON2_MEMORY: '128', ARGON2_TIME: '1', REFRESH_GRACE: '300', LOG_LEVEL: 'warn' }

interface Scene {
  server: RedisProcess
  redis: Redis
  on: Deployment
  ask: Calls
  party: RelyingParty
  stop(): Promise<void>
}

const begin = async (args: string[]): Promise<Scene> => {
  const server = await startRedis({ args })
  const redis = new Redis(server.port)
  const stores = { REDIS_URL: server.url }
  const on = await startDeployment({ seed: seedOfFaults, env, processes: 2, stores })
  const stop = async () => {
    await on.stop()
    redis.disconnect()
    await server.stop()
  }
  return { server, redis, on, ask: calls(on), party: await relyingParty(on.issuer, shop), stop }
}

/** What takes no memory. */
const GOES_ON = [
  'introspect: access token',
  'introspect: refresh token',
  'introspect: made up',
  'userinfo GET',
  'userinfo POST',
  'sign-in, shown',
  'registration within a sign-in, shown',
  'consent, shown',
  'revoke: access token',
  'revoke: refresh token',
  'revoke: token of a service',
]
/** What takes some, among others. */
const WAITS = ['token: code', 'token: refresh', 'pushed request', 'sign-in, sent', 'logout, confirmed']
/** A browser that does not follow redirects. */
const NOWHERE = { stopAt: '' }

const evictions = async (redis: Redis): Promise<number> =>
  Number(/^evicted_keys:(\d+)/m.exec(await redis.info('stats'))?.[1])

const nameOf = ({ name }: Outcome): string => name

describe.skipIf(!services())('R-07 Redis has no memory left', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await begin([])
  })
  afterAll(() => scene?.stop())

  const fill = () => scene.redis.config('SET', 'maxmemory', '1')
  const enlarge = async () => {
    await scene.redis.config('SET', 'maxmemory', '0')
    await untilReady(scene.on)
  }

  it('and each request is done or told "later": what takes memory is refused, and the rest goes on', async () => {
    const { on } = scene
    const [made, other] = [await make(on.issuer), await make(on.issuer)]
    const size = await scene.redis.dbsize()
    await fill()
    const outcomes = [...(await askInTurn(first, made)), ...(await askInTurn(second, other))]
    const refused = outcomes.filter((outcome) => !isDone(outcome))
    expect(lines(refused)).toEqual([])
    expect(refused.map(nameOf)).toEqual(expect.arrayContaining(WAITS))
    expect(outcomes.filter(isDone).map(nameOf)).toEqual(expect.arrayContaining(GOES_ON))
    expect(await scene.redis.dbsize()).toBeLessThanOrEqual(size)
    await enlarge()
    await wholeFlow(on.issuer)
  })

  it('and a revocation that was confirmed holds', async () => {
    const { on, ask, party } = scene
    const tokens = await party.signIn(createAgent(), kim, OFFLINE)
    await fill()
    const { status } = await ask.revoke(shop, tokens.refresh_token)
    expect(status).toBe(200)
    for (const _ of on.processes) expect(await ask.isActive(shop, tokens.access_token)).toBe(false)
    await enlarge()
    expect((await ask.refresh(shop, tokens.refresh_token)).status).toBe(400)
  })

  it('and a logout that was refused can be repeated when there is memory again', async () => {
    const { on, ask, party } = scene
    const agent = createAgent()
    const tokens = await party.signIn(agent, kim)
    const form = await agent.get(`${on.issuer}/oauth2/logout`)
    await fill()
    // What frees memory may have been done: tokens end before the session does.
    const refused = await agent.submit(form, '#logout-yes', {}, NOWHERE)
    expect(refused.status).toBe(503)
    await enlarge()
    expect((await agent.submit(form, '#logout-yes', {}, NOWHERE)).status).toBe(303)
    expect(await ask.isActive(shop, tokens.access_token)).toBe(false)
    const { url } = await party.leave({ prompt: 'none' })
    expect((await agent.get(url, { stopAt: shop.redirectUri })).location).toContain('error=login_required')
  })
})

const artifactsLeft = async (redis: Redis): Promise<number> => (await redis.keys('*a:*')).length

describe.skipIf(!services())('R-07 Redis drops what it likes', () => {
  let scene: Scene
  beforeAll(async () => {
    scene = await begin(['--maxmemory-policy', 'allkeys-lru', '--maxmemory', '20mb'])
  })
  afterAll(() => scene?.stop())

  it('and every process warns at its start', async () => {
    for (const { output } of scene.on.processes)
      await expect
        .poll(output)
        .toMatch(/"level":"warn".*"subject":"Redis maxmemory-policy","state":"fault".*noeviction/)
  })

  it('and what it has dropped is gone, not good again: no code, no token and no session', async () => {
    const { redis, on, ask, party } = scene
    const agent = createAgent()
    const fields = await openCode(party, agent)
    const { body } = await ask.token(shop, fields)
    const revoked = await party.signIn(createAgent(), kim, OFFLINE)
    await ask.revoke(shop, revoked.refresh_token)
    const form = await agent.get(`${on.issuer}/oauth2/logout`)
    const before = await evictions(redis)
    const filler = 'x'.repeat(100_000)
    // Which keys it drops is a matter of chance: until none of what the engine has stored is left.
    for (let n = 0; n < 600 || (await artifactsLeft(redis)) > 0; n++) await redis.set(`filler:${n}`, filler)
    expect(await evictions(redis)).toBeGreaterThan(before)
    expect(await ask.token(shop, fields)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
    expect(await ask.isActive(shop, body.access_token)).toBe(false)
    expect(await ask.isActive(shop, revoked.access_token)).toBe(false)
    expect((await ask.refresh(shop, revoked.refresh_token)).status).toBe(400)
    expect((await agent.submit(form, '#logout-yes', {}, NOWHERE)).status).toBeLessThan(500)
    const { url } = await party.leave({ prompt: 'none' })
    expect((await agent.get(url, { stopAt: shop.redirectUri })).location).toContain('error=login_required')
    await wholeFlow(on.issuer)
  })
})
