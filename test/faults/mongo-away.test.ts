import { setTimeout as sleep } from 'node:timers/promises'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { noMetrics } from '../../src/adapters/metrics.ts'
import { openStore } from '../../src/store/index.ts'
import { type Calls, calls } from '../flows/calls.ts'
import { kim, lou, own, shop } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import { services } from '../support/services/index.ts'
import { type Asked, type Endpoint, first, newcomer, pressed, storeless } from './endpoints.ts'
import { type Made, make, OFFLINE, seedOfFaults } from './made.ts'
import { askAll, faultsOf, lines, type Outcome, recover, SOON, send, slow } from './outage.ts'
import { startWires, type Wires } from './wires.ts'

const env = { ARGON2_MEMORY: '128', ARGON2_TIME: '1', REFRESH_GRACE: '300', LOG_LEVEL: 'fatal' }
const ROUNDS = 3
/** Milliseconds in which every process knows of a change, and more for a busy machine. */
const WITHIN = 1_000 + 250

/** What needs an account that is not in memory, or writes a durable fact. */
const NEEDS_MONGO = ['sign-in, sent', 'registration within a sign-in, sent', 'registration, sent']
const isNeedy = ({ name }: Endpoint): boolean => NEEDS_MONGO.includes(name)

const statusOf = async (url: string): Promise<number> => {
  const answer = await fetch(url)
  await answer.arrayBuffer()
  return answer.status
}

describe.skipIf(!services())('MongoDB away, Redis up', () => {
  let wires: Wires
  let on: Deployment
  let ask: Calls
  let party: RelyingParty
  let ours: RelyingParty
  let made: Made
  beforeAll(async () => {
    wires = await startWires()
    on = await startDeployment({ seed: seedOfFaults, env, processes: 2, stores: wires.stores })
    ask = calls(on)
    party = await relyingParty(on.issuer, shop)
    ours = await relyingParty(on.issuer, own)
    made = await make(on.issuer)
  })
  afterAll(async () => {
    await on?.stop()
    await wires?.stop()
  })

  /** Each process looks at an account once, so that it is in its memory. */
  const warm = async (token: string | undefined): Promise<void> => {
    for (const _ of on.processes) expect(await ask.isActive(shop, token)).toBe(true)
  }

  /** A new store beside the server, as another process whose MongoDB can be reached. */
  const disable = async (login: string): Promise<void> => {
    const store = await openStore({
      dataDir: on.home,
      scale: { mongodbUrl: wires.direct.MONGODB_URL, redisUrl: wires.direct.REDIS_URL },
      role: 'cli',
      now: Date.now,
      log: { info: () => undefined, warn: () => undefined, error: () => undefined },
      metrics: noMetrics,
    })
    try {
      const account = await store.accounts.findByEmailKey(login)
      if (!account) throw new Error(`no account ${login}`)
      await store.accounts.replace({ ...account, disabled: true, validAfter: Date.now() })
    } finally {
      await store.close()
    }
  }

  it.each(['blackhole', 'cut'] as const)(
    'R-12 sign-in and registration say "later" soon, and a whole flow passes soon after (%s)',
    async (fault) => {
      const rounds: Outcome[] = []
      const recoveries: number[] = []
      for (let round = 0; round < ROUNDS; round++) {
        await wires.mongo[fault]()
        rounds.push(...(await askAll(first.filter(isNeedy), made)))
        for (const path of storeless) expect([path, await statusOf(on.issuer + path)]).toEqual([path, 200])
        expect(await statusOf(`${on.issuer}/readyz`)).toBe(503)
        recoveries.push(await recover(wires.mongo, on.issuer))
      }
      expect(lines(rounds)).toEqual([])
      expect(slow(rounds)).toEqual([])
      expect(Math.min(...recoveries)).toBeLessThan(SOON)
    },
  )

  it.each(['blackhole', 'cut'] as const)(
    'R-12 sessions and tokens of who is in memory work on (%s)',
    async (fault) => {
      const agent = createAgent()
      const tokens = await party.signIn(agent, kim, OFFLINE)
      await ours.signIn(agent, kim)
      await warm(tokens.access_token)
      await wires.mongo[fault]()
      for (let round = 0; round < 4; round++) {
        expect(await ask.isActive(shop, tokens.access_token)).toBe(true)
        const claims = await oidc.fetchUserInfo(party.config, tokens.access_token, oidc.skipSubjectCheck)
        expect(claims.sub).toBe(tokens.claims()?.sub)
        for (const relying of [party, ours]) {
          const attempt = await relying.leave({ prompt: 'none' })
          const page = await agent.get(attempt.url, { stopAt: relying.redirectUri })
          expect(page.location).toContain('code=')
          expect((await relying.arrive(page.location ?? '', attempt)).access_token).toBeTruthy()
        }
        const { status } = await ask.refresh(shop, tokens.refresh_token)
        expect(status).toBe(200)
        await sleep(300)
      }
      await recover(wires.mongo, on.issuer)
    },
  )

  it('R-12 a consent that cannot be kept is not given', async () => {
    const agent = createAgent()
    await ours.signIn(agent, kim)
    const { url } = await party.leave({ scope: 'openid email', prompt: 'consent' })
    const page = await agent.get(url)
    await wires.mongo.cut()
    const answer = await agent.submit(page, '#allow', {}, { stopAt: shop.redirectUri })
    expect([answer.status, answer.headers['retry-after'] !== undefined, answer.location]).toEqual([
      503,
      true,
      undefined,
    ])
    expect(answer.has('[role=alert]')).toBe(true)
    await recover(wires.mongo, on.issuer)
    const again = await agent.get(answer.url, { stopAt: shop.redirectUri })
    expect(again.location).toContain('code=')
  })

  it('R-12 an account disabled elsewhere is dead in a process that cannot reach MongoDB', async () => {
    const { access_token, refresh_token } = await party.signIn(createAgent(), lou, OFFLINE)
    await warm(access_token)
    await wires.mongo.blackhole()
    await warm(access_token)
    await disable(lou.login)
    await sleep(WITHIN)
    const answers = await Promise.all(on.processes.map(() => ask.introspect(shop, access_token)))
    for (const { status, body } of answers) expect([status, body.active]).not.toEqual([200, true])
    // The message names who has changed; the others go on.
    expect(await ask.isActive(shop, made.tokens.access)).toBe(true)
    expect([400, 503]).toContain((await ask.refresh(shop, refresh_token)).status)
    await recover(wires.mongo, on.issuer)
    expect(await ask.isActive(shop, access_token)).toBe(false)
    expect((await ask.refresh(shop, refresh_token)).status).toBe(400)
  })

  it('R-12 a registration whose answer was lost is there once, and its owner can sign in', async () => {
    const retries = new Set<number>()
    for (let nth = 1; nth <= 8; nth++) {
      const email = `lost-${nth}@example.com`
      const { password = '' } = newcomer(email)
      const agent = createAgent()
      const page = await agent.get(`${on.issuer}/register`)
      const form = (): Asked => pressed({ agent, page }, '#submit-register', { email, password })
      await wires.mongo.delay(40)
      const before = wires.mongo.bursts()
      let isOver = false
      const sent = send(form()).finally(() => {
        isOver = true
      })
      while (!isOver && wires.mongo.bursts() - before < nth) await sleep(1)
      await wires.mongo.dropReplies()
      const answer = await sent
      await recover(wires.mongo, on.issuer)
      if (answer.status !== 303) {
        expect(faultsOf({ asker: 'person' }, answer)).toEqual([])
        retries.add((await send(form())).status)
      }
      const tokens = await party.signIn(createAgent(), { login: email, password })
      expect(tokens.claims()?.sub).toBeTruthy()
    }
    // Registered by the second try, or taken by the first: where the answer was lost decides.
    expect(retries.size).toBeGreaterThan(0)
    for (const status of retries) expect([303, 422]).toContain(status)
  })
})
