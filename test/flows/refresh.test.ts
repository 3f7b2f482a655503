import { setTimeout as sleep } from 'node:timers/promises'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { freePort } from '../support/free-port.ts'
import { relyingParty } from '../support/relying-party.ts'
import { calls } from './calls.ts'
import { API, kim, OPAQUE_API, own, shop, spa, startSubject } from './subject.ts'

const SCOPE = 'openid profile offline_access orders:read ledger:read'

/** A server with a grace of so many seconds, and an application that a person has signed in to. */
const start = async (grace: number) => {
  const port = await freePort()
  const env = { REFRESH_GRACE: String(grace), MANAGEMENT_PORT: String(port) }
  const server = await startSubject({ env })
  const party = await relyingParty(server.issuer, shop)
  const browser = createAgent()
  const counted = (texts: readonly string[], kind: 'grace' | 'theft'): number =>
    texts
      .map((text) => Number(new RegExp(`refresh_replays_total\\{kind="${kind}"\\} (\\d+)`).exec(text)?.[1]))
      .reduce((sum, count) => sum + count)
  return {
    server,
    ask: calls(server),
    party,
    browser,
    signIn: (parameters: Record<string, string> = {}) =>
      party.signIn(browser, kim, { scope: SCOPE, prompt: 'consent', ...parameters }),
    async counts() {
      const texts = await Promise.all(
        server.managementPorts.map(async (at) => (await fetch(`http://127.0.0.1:${at}/metrics`)).text()),
      )
      return { grace: counted(texts, 'grace'), theft: counted(texts, 'theft') }
    },
  }
}
type Subject = Awaited<ReturnType<typeof start>>

const refused = (answer: { status: number; body: object }) =>
  expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_grant' } })

describe('refresh', () => {
  let on: Subject
  beforeAll(async () => {
    on = await start(300)
  })
  afterAll(() => on?.server.stop())

  it('N-07 rotates the refresh token at every use, of a confidential client as well', async () => {
    const first = await on.signIn()
    const second = await oidc.refreshTokenGrant(on.party.config, first.refresh_token ?? '')
    const third = await oidc.refreshTokenGrant(on.party.config, second.refresh_token ?? '')
    expect(new Set([first, second, third].map((tokens) => tokens.refresh_token)).size).toBe(3)
    const { sub, auth_time } = first.claims() ?? {}
    expect(third.claims()).toMatchObject({ sub, auth_time })
  })

  it('gives less scope when asked for less, and keeps the rest for the next refresh', async () => {
    const { refresh_token } = await on.signIn()
    const less = await on.ask.refresh(shop, refresh_token, { scope: 'openid' })
    expect(less.body).toMatchObject({ scope: 'openid' })
    const more = await on.ask.refresh(shop, less.body.refresh_token)
    expect(String(more.body.scope).split(' ')).toContain('profile')
  })

  it('X-11 refuses a larger scope, and the token stays good', async () => {
    const { refresh_token } = await on.signIn({ scope: 'openid offline_access' })
    const larger = await on.ask.refresh(shop, refresh_token, { scope: 'openid profile' })
    expect(larger).toMatchObject({ status: 400, body: { error: 'invalid_scope' } })
    expect((await on.ask.refresh(shop, refresh_token)).status).toBe(200)
  })

  it('R-04 gives a retry within the grace the same successor, and counts it', async () => {
    const { grace, theft } = await on.counts()
    const { refresh_token } = await on.signIn()
    const winner = await on.ask.refresh(shop, refresh_token)
    const retries = [await on.ask.refresh(shop, refresh_token), await on.ask.refresh(shop, refresh_token)]
    for (const retry of retries) expect(retry).toMatchObject({ status: 200, body: winner.body })
    expect(await on.ask.isActive(shop, winner.body.access_token)).toBe(true)
    expect((await on.ask.refresh(shop, winner.body.refresh_token)).status).toBe(200)
    expect(await on.counts()).toEqual({ grace: grace + 2, theft })
  })

  it('R-04 gives the same successor to a retry that comes after the successor was used', async () => {
    const { refresh_token } = await on.signIn()
    const winner = await on.ask.refresh(shop, refresh_token)
    const next = await on.ask.refresh(shop, winner.body.refresh_token)
    expect((await on.ask.refresh(shop, refresh_token)).body).toEqual(winner.body)
    expect((await on.ask.refresh(shop, next.body.refresh_token)).status).toBe(200)
  })

  it('R-04 gives the same JWT access token, too', async () => {
    const { refresh_token } = await on.signIn({ resource: API })
    const winner = await on.ask.refresh(shop, refresh_token)
    expect(winner.body.access_token).toContain('.')
    expect((await on.ask.refresh(shop, refresh_token)).body).toEqual(winner.body)
  })

  it('R-04 refuses a retry that asks for another scope or resource; the successor lives on', async () => {
    const attempt = await on.party.leave({ scope: SCOPE, prompt: 'consent' })
    const url = `${attempt.url}&${new URLSearchParams({ resource: OPAQUE_API })}&${new URLSearchParams({ resource: API })}`
    const callback = await on.party.callback(on.browser, kim, { ...attempt, url })
    const tokens = await on.party.arrive(callback, attempt, { resource: API })
    const before = await on.counts()
    const asked = { scope: 'openid orders:read', resource: API }
    const winner = await on.ask.refresh(shop, tokens.refresh_token, asked)
    for (const other of [
      { ...asked, scope: 'openid' },
      { ...asked, resource: OPAQUE_API },
      { resource: API },
    ])
      refused(await on.ask.refresh(shop, tokens.refresh_token, other))
    expect(await on.counts()).toEqual(before)
    expect((await on.ask.refresh(shop, winner.body.refresh_token, asked)).status).toBe(200)
  })

  it('R-04 hands nothing out again once the family is revoked', async () => {
    const { refresh_token } = await on.signIn()
    const winner = await on.ask.refresh(shop, refresh_token)
    await on.ask.revoke(shop, winner.body.refresh_token)
    refused(await on.ask.refresh(shop, refresh_token))
  })
})

describe('refresh after the grace', () => {
  const GRACE = 1
  const afterGrace = () => sleep(GRACE * 1000 + 50)
  let on: Subject
  beforeAll(async () => {
    on = await start(GRACE)
  })
  afterAll(() => on?.server.stop())

  it('X-12 ends the family of a token that is used again, and counts one theft', async () => {
    const { grace, theft } = await on.counts()
    const { refresh_token, access_token } = await on.signIn()
    const winner = await on.ask.refresh(shop, refresh_token)
    await afterGrace()
    refused(await on.ask.refresh(shop, refresh_token))
    refused(await on.ask.refresh(shop, winner.body.refresh_token))
    for (const token of [access_token, winner.body.access_token])
      expect(await on.ask.isActive(shop, token)).toBe(false)
    refused(await on.ask.refresh(shop, refresh_token))
    expect(await on.counts()).toEqual({ grace, theft: theft + 1 })
  })

  it("leaves the person's other device and other application alone", async () => {
    const laptop = await on.signIn()
    const phone = await on.party.signIn(createAgent(), kim, { scope: SCOPE, prompt: 'consent' })
    const other = await (await relyingParty(on.server.issuer, own)).signIn(on.browser, kim)
    await on.ask.refresh(shop, laptop.refresh_token)
    await afterGrace()
    refused(await on.ask.refresh(shop, laptop.refresh_token))
    expect((await on.ask.refresh(shop, phone.refresh_token)).status).toBe(200)
    expect((await on.ask.refresh(own, other.refresh_token)).status).toBe(200)
  })

  it("X-11 refuses another client's token, fresh or used; its owner loses nothing and nothing is counted", async () => {
    const { refresh_token } = await on.signIn()
    const before = await on.counts()
    refused(await on.ask.refresh(own, refresh_token))
    const winner = await on.ask.refresh(shop, refresh_token)
    for (const thief of [own, spa]) refused(await on.ask.refresh(thief, refresh_token))
    await afterGrace()
    for (const thief of [own, spa]) refused(await on.ask.refresh(thief, refresh_token))
    expect(await on.counts()).toEqual(before)
    expect((await on.ask.refresh(shop, winner.body.refresh_token)).status).toBe(200)
  })
})
