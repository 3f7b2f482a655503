import { randomUUID } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { Redis } from 'ioredis'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Calls, calls } from '../flows/calls.ts'
import { kim, shop } from '../flows/subject.ts'
import { expectErrorPage } from '../negative/sound.ts'
import { createAgent, type Page } from '../support/browserless.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import { services } from '../support/services/index.ts'
import { type RedisProcess, startRedis } from '../support/services/redis.ts'
import { type At, make, OFFLINE, openCode, seedOfFaults } from './made.ts'
import { wholeFlow } from './outage.ts'

const env = { ARGON2_MEMORY: '128', ARGON2_TIME: '1', LOG_LEVEL: 'fatal', LIMIT_REGISTRATION_PREFIX: '1000' }
const TO_SHOP = { stopAt: shop.redirectUri }
/** Milliseconds in which Redis is wiped again and again. */
const WIPING = process.env.LONG === '1' ? 60_000 : 3_000

describe.skipIf(!services())('R-06 Redis is wiped', () => {
  let server: RedisProcess
  let redis: Redis
  let on: Deployment
  let ask: Calls
  let party: RelyingParty
  beforeAll(async () => {
    server = await startRedis()
    redis = new Redis(server.port)
    on = await startDeployment({
      seed: seedOfFaults,
      env,
      processes: 2,
      stores: { REDIS_URL: server.url },
    })
    ask = calls(on)
    party = await relyingParty(on.issuer, shop)
  })
  afterAll(async () => {
    await on?.stop()
    redis?.disconnect()
    await server?.stop()
  })

  /** A browser, and all that it has been answered. */
  const watched = () => {
    const seen: Page[] = []
    return { seen, agent: createAgent({ onAnswer: (page) => void seen.push(page) }) }
  }
  const signInAt = async ({ agent, page }: At, person = kim): Promise<Page> =>
    agent.submit(page, '#submit-login', { login: person.login, password: person.password }, TO_SHOP)

  it('and who was signed in signs in again, after one redirect and without being asked for consent anew', async () => {
    const { agent, seen } = watched()
    await party.signIn(agent, kim)
    const old = agent.cookies.find('gatehouse_session')?.value
    await redis.flushall()
    seen.length = 0
    const page = await agent.get((await party.leave()).url, TO_SHOP)
    expect(seen.map(({ status }) => status)).toEqual([303, 200])
    expect(agent.cookies.find('gatehouse_session')?.value).not.toBe(old)
    const { location = '' } = await signInAt({ agent, page })
    expect(new URL(location).searchParams.has('code')).toBe(true)
    expect(seen.some((answer) => answer.has('#allow'))).toBe(false)
    expect((await agent.get((await party.leave()).url, TO_SHOP)).location).toContain('code=')
  })

  it('and no silent sign-in goes round in circles: the application is told to ask the person', async () => {
    const { agent, seen } = watched()
    await party.signIn(agent, kim)
    await redis.flushall()
    seen.length = 0
    const { location = '' } = await agent.get((await party.leave({ prompt: 'none' })).url, TO_SHOP)
    expect(new URL(location).searchParams.get('error')).toBe('login_required')
    expect(seen).toHaveLength(1)
  })

  it('and open pages lead to a new start', async () => {
    const { signIn, consent, registerIn, resume, logout } = await make(on.issuer)
    await redis.flushall()
    expectErrorPage(await signInAt(signIn), 'start_again')
    expectErrorPage(await signIn.agent.get(signIn.page.url), 'start_again')
    expectErrorPage(await consent.agent.submit(consent.page, '#allow', {}, TO_SHOP), 'start_again')
    const newcomer = { email: `${randomUUID()}@example.com`, password: kim.password }
    const { agent, page } = registerIn
    expectErrorPage(await agent.submit(page, '#submit-register', newcomer, TO_SHOP), 'start_again')
    expectErrorPage(await resume.agent.get(resume.url, TO_SHOP), 'invalid_request')
    expectErrorPage(await logout.agent.submit(logout.page, '#logout-yes', {}, TO_SHOP), 'invalid_request')
    await wholeFlow(on.issuer)
  })

  it('and tokens and codes of before are good no more', async () => {
    const agent = createAgent()
    const tokens = await party.signIn(agent, kim, OFFLINE)
    const code = await openCode(party, agent)
    await redis.flushall()
    const gone = { status: 400, body: { error: 'invalid_grant' } }
    expect(await ask.refresh(shop, tokens.refresh_token)).toMatchObject(gone)
    expect(await ask.token(shop, code)).toMatchObject(gone)
    for (const token of [tokens.access_token, tokens.refresh_token])
      expect(await ask.introspect(shop, token)).toMatchObject({ status: 200, body: { active: false } })
    const headers = { authorization: `Bearer ${tokens.access_token}` }
    expect((await fetch(`${on.issuer}/oauth2/userinfo`, { headers })).status).toBe(401)
    expect((await ask.revoke(shop, tokens.refresh_token)).status).toBe(200)
  })

  it('and a registered person is still registered', async () => {
    const person = { login: `${randomUUID()}@example.com`, password: 'silver gulls above the mole' }
    const browser = createAgent()
    const form = await browser.get(`${on.issuer}/register`)
    const values = { email: person.login, password: person.password }
    const { status } = await browser.submit(form, '#submit-register', values, { stopAt: '' })
    expect(status).toBe(303)
    await redis.flushall()
    await party.signIn(createAgent(), person)
  })

  it('again and again under traffic, and no request meets a fault', async () => {
    const until = performance.now() + WIPING
    const isTime = () => performance.now() < until
    const statuses: number[] = []
    const live = async (): Promise<void> => {
      const agent = createAgent({ onAnswer: ({ status }) => void statuses.push(status) })
      while (isTime()) {
        try {
          const fields = await openCode(party, agent)
          const { status, body } = await ask.token(shop, fields)
          statuses.push(status)
          statuses.push((await ask.refresh(shop, body.refresh_token)).status)
        } catch {
          // A page that has lost its interaction: the person starts again.
        }
      }
    }
    const wipe = async (): Promise<void> => {
      while (isTime()) {
        await redis.flushall()
        await sleep(100)
      }
    }
    await Promise.all([live(), live(), live(), live(), wipe()])
    expect(statuses.filter((status) => status >= 500 && status !== 503)).toEqual([])
    expect(statuses).toContain(200)
    await wholeFlow(on.issuer)
  })
})
