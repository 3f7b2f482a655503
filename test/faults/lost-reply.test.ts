import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Calls, calls } from '../flows/calls.ts'
import { kim, post, shop } from '../flows/subject.ts'
import { type Agent, createAgent } from '../support/browserless.ts'
import { type Deployment, startDeployment } from '../support/deployment.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import { services } from '../support/services/index.ts'
import { type Asked, basic, posted, pressed, visited } from './endpoints.ts'
import { OFFLINE, openCode, seedOfFaults } from './made.ts'
import { type Answer, faultsOf, send } from './outage.ts'
import { countKeys, startWires, type Wires } from './wires.ts'

const env = { ARGON2_MEMORY: '128', ARGON2_TIME: '1', REFRESH_GRACE: '300', LOG_LEVEL: 'fatal' }
/** Milliseconds that each answer of Redis takes, in which the wire can still lose it. */
const LATE = 60
/** No request has more round trips one after the other. */
const MOST = 12

let wires: Wires
let on: Deployment
let ask: Calls
let party: RelyingParty
let agent: Agent

const start = async (more: Record<string, string> = {}, place: { home?: string; port?: number } = {}) =>
  startDeployment({
    seed: seedOfFaults,
    env: { ...env, ...more },
    processes: 1,
    stores: wires.stores,
    ...place,
  })

/** Asks, and loses what Redis answers from so many round trips on. */
const losing = async (nth: number, asked: Asked): Promise<Answer> => {
  const { redis } = wires
  await redis.delay(LATE)
  const before = redis.bursts()
  let isOver = false
  const answer = send(asked).finally(() => {
    isOver = true
  })
  while (!isOver && redis.bursts() - before < nth) await sleep(1)
  await redis.dropReplies()
  const came = await answer
  await redis.pass()
  await expect.poll(async () => (await fetch(`${on.issuer}/readyz`)).status, { timeout: 10_000 }).toBe(200)
  return came
}

/**
 * Loses the answers of Redis from the first round trip on, then from the second on, until the request gets through.
 *
 * @param attempt makes a request of its own each time, and looks afterwards at what it did
 */
const sweep = async (
  asker: 'program' | 'person',
  attempt: () => Promise<{ asked: Asked; after: () => Promise<string> }>,
): Promise<string[]> => {
  const seen: string[] = []
  for (let nth = 1; nth <= MOST; nth++) {
    const { asked, after } = await attempt()
    const came = await losing(nth, asked)
    if (came.status < 400) return seen
    expect(faultsOf({ asker }, came), `round trip ${nth}`).toEqual([])
    seen.push(await after())
  }
  throw new Error(`no request got through after ${MOST} round trips`)
}

const stored = async () => ({
  access: await countKeys(wires.direct, 'AccessToken'),
  refresh: await countKeys(wires.direct, 'RefreshToken'),
})

/** In a new browser: a family ends with the others of its session. */
const signIn = () => party.signIn(createAgent(), kim, OFFLINE)
const exchange = (fields: Record<string, string>) => ask.token(shop, fields)
const asking = (endpoint: string, fields: Record<string, string>): Asked =>
  posted(on, `/oauth2/${endpoint}`, fields, basic(shop))

/** Where a browser goes with a pushed request. */
const push = async (): Promise<string> => {
  const fields = Object.fromEntries(new URL((await party.leave()).url).searchParams)
  const { body } = await post(on, '/oauth2/par', fields, shop)
  const query = { client_id: shop.clientId, request_uri: String(body.request_uri) }
  return `${on.issuer}/oauth2/authorize?${new URLSearchParams(query)}`
}

describe.skipIf(!services())('R-04 an answer of Redis that is lost after the commit', () => {
  beforeAll(async () => {
    wires = await startWires()
    on = await start()
    ask = calls(on)
    party = await relyingParty(on.issuer, shop)
    agent = createAgent()
    await party.signIn(agent, kim)
  })
  afterAll(async () => {
    await on?.stop()
    await wires?.stop()
  })

  it('gives no second set of tokens for a code', async () => {
    const seen = await sweep('program', async () => {
      const fields = await openCode(party, createAgent())
      const before = await stored()
      const after = async () => {
        const retry = await exchange(fields)
        if (retry.status === 200) {
          // It was not used: now it is, once.
          expect(await exchange(fields)).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
          expect(await ask.isActive(shop, retry.body.access_token)).toBe(false)
        } else expect(retry).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
        expect(await stored()).toEqual(before)
        return retry.status === 200 ? 'unused' : 'used'
      }
      return { asked: asking('token', fields), after }
    })
    expect(new Set(seen)).toEqual(new Set(['unused', 'used']))
  })

  it('gives one successor for a refresh token within the grace, and ends the family after it', async () => {
    const families: { old: string; successor: string }[] = []
    await sweep('program', async () => {
      const { refresh_token: old = '' } = await signIn()
      const after = async () => {
        const retry = await ask.refresh(shop, old)
        expect(retry.status).toBe(200)
        expect((await ask.refresh(shop, old)).body).toEqual(retry.body)
        expect(await ask.isActive(shop, retry.body.access_token)).toBe(true)
        families.push({ old, successor: retry.body.refresh_token ?? '' })
        return ''
      }
      return { asked: asking('token', { grant_type: 'refresh_token', refresh_token: old }), after }
    })
    expect(families.length).toBeGreaterThan(1)
    const { home, port } = on
    await on.stop()
    // For this server the grace of all of them is over.
    on = await start({ REFRESH_GRACE: '0' }, { home, port })
    for (const { old, successor } of families) {
      const theft = await ask.refresh(shop, old)
      expect(theft).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })
      expect((await ask.refresh(shop, successor)).status).toBe(400)
    }
  })

  it('ends the family of a revoked token when the revocation is repeated', async () => {
    await sweep('program', async () => {
      const { access_token, refresh_token: token = '' } = await signIn()
      const after = async () => {
        expect((await ask.revoke(shop, token)).status).toBe(200)
        expect(await ask.isActive(shop, access_token)).toBe(false)
        expect(await ask.isActive(shop, token)).toBe(false)
        expect((await ask.refresh(shop, token)).status).toBe(400)
        return ''
      }
      return { asked: asking('revoke', { token }), after }
    })
  })

  it('gives no second code for a pushed request', async () => {
    await sweep('person', async () => {
      const url = await push()
      const codeOf = async () =>
        new URL((await agent.get(url, { stopAt: shop.redirectUri })).location ?? on.issuer).searchParams.get(
          'code',
        )
      const after = async () => {
        const codes = [await codeOf(), await codeOf()]
        expect(codes[1]).toBeNull()
        return codes[0] === null ? 'used' : 'unused'
      }
      return { asked: visited(agent, url), after }
    })
  })

  it('ends the session when the logout is repeated', async () => {
    await sweep('person', async () => {
      const browser = createAgent()
      await party.signIn(browser, kim)
      const page = await browser.get(`${on.issuer}/oauth2/logout`)
      const cookie = browser.cookies.header(new URL(`${on.issuer}/oauth2/authorize`)) ?? ''
      const after = async () => {
        const again = await browser.get(`${on.issuer}/oauth2/logout`)
        expect(again.status).toBe(200)
        if (again.has('#logout-yes')) await browser.submit(again, '#logout-yes')
        const { url } = await party.leave({ prompt: 'none' })
        const kept = await createAgent().get(url, { stopAt: shop.redirectUri, headers: { cookie } })
        expect(kept.location).toContain('error=login_required')
        return ''
      }
      return { asked: pressed({ agent: browser, page }, '#logout-yes'), after }
    })
  })
})
