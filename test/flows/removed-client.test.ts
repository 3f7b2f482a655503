import { randomBytes } from 'node:crypto'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { accounts } from '../../src/domain/accounts.ts'
import { clientRegistry } from '../../src/domain/clients/registry.ts'
import { createAgent } from '../support/browserless.ts'
import { seenEverywhere } from '../support/deployment.ts'
import { passGate } from '../support/person.ts'
import { answerOf, type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { storeBeside } from './beside.ts'
import { type Calls, calls } from './calls.ts'
import { kim, own, shop, spa, startSubject } from './subject.ts'

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' }
let server: RunningServer
let ask: Calls
let party: RelyingParty

beforeAll(async () => {
  server = await startSubject()
  ask = calls(server)
  party = await relyingParty(server.issuer, shop)
})
afterAll(() => server?.stop())

/** Removes the application as another process does; it takes effect within a second. */
const removeShop = async (): Promise<void> => {
  const store = await storeBeside(server)
  const rules = accounts({
    store: store.accounts,
    hasher: { hash: async () => '' },
    now: Date.now,
    newSub: () => '',
  })
  const sub = (await rules.findByEmail(kim.login))?.sub ?? ''
  await store.consents.remove(sub, shop.clientId)
  await rules.removeClient(sub, shop.clientId)
  await store.close()
}

it('C-25 an application that a person removes loses every token at once, and no other application does', async () => {
  const agent = createAgent()
  const tokens = await party.signIn(agent, kim, OFFLINE)
  const others = await (await relyingParty(server.issuer, own)).signIn(agent, kim)
  const attempt = await party.leave()
  const callback = await party.callback(agent, kim, attempt)
  await removeShop()
  await expect
    .poll(() => ask.isActive(shop, tokens.access_token), { timeout: 10_000, interval: 100 })
    .toBe(false)
  await seenEverywhere()
  expect(await ask.isActive(shop, tokens.refresh_token)).toBe(false)
  expect(await ask.refresh(shop, tokens.refresh_token)).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  })
  await expect(party.arrive(callback, attempt)).rejects.toMatchObject({ error: 'invalid_grant' })
  await expect(
    oidc.fetchUserInfo(party.config, tokens.access_token, oidc.skipSubjectCheck),
  ).rejects.toMatchObject({ status: 401 })
  expect(await ask.isActive(own, others.access_token)).toBe(true)
  // The person is signed in still, and asked anew.
  const { url } = await party.leave({ prompt: 'none' })
  const page = await agent.get(url, { stopAt: shop.redirectUri })
  expect(new URL(answerOf(page)).searchParams.get('error')).toBe('consent_required')
})

it('C-25 who agrees anew right after the removal gives tokens that live, and no old one lives again', async () => {
  const agent = createAgent()
  const before = await party.signIn(agent, kim, OFFLINE)
  await removeShop()
  const attempt = await party.leave(OFFLINE)
  const stop = { stopAt: shop.redirectUri }
  const page = await passGate(agent, await agent.get(attempt.url, stop), kim, stop)
  const after = await party.arrive(answerOf(page), attempt)
  await expect
    .poll(() => ask.isActive(shop, before.access_token), { timeout: 10_000, interval: 100 })
    .toBe(false)
  await seenEverywhere()
  for (const token of [after.access_token, after.refresh_token])
    expect(await ask.isActive(shop, token)).toBe(true)
  expect((await ask.refresh(shop, after.refresh_token)).status).toBe(200)
})

/** Registers another application under the id of one that is removed. */
const replaceSpa = async (): Promise<void> => {
  const store = await storeBeside(server)
  const registry = clientRegistry({
    issuer: server.issuer,
    store: store.clients,
    accounts: store.accounts,
    onChange: store.onChange,
    sealer: { mac: () => 'none', macs: () => [] },
    random: randomBytes,
    now: Date.now,
  })
  const present = await registry.registered(spa.clientId)
  if (!present) throw new Error('there is no SPA')
  await registry.remove(spa.clientId)
  await registry.create(present.client)
  await store.close()
}

it('C-25 an application that is registered under the id of a removed one has nothing of what that had', async () => {
  const agent = createAgent()
  const web = await relyingParty(server.issuer, spa)
  const before = await web.signIn(agent, kim, OFFLINE)
  expect((await ask.refresh(spa, before.refresh_token)).status).toBe(200)
  const kept = await web.signIn(agent, kim, OFFLINE)
  await replaceSpa()
  const userinfo = () =>
    fetch(`${server.issuer}/oauth2/userinfo`, { headers: { authorization: `Bearer ${kept.access_token}` } })
  await expect.poll(async () => (await userinfo()).status, { timeout: 10_000, interval: 100 }).toBe(401)
  await seenEverywhere()
  expect(await ask.refresh(spa, kept.refresh_token)).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  })
  const silent = await agent.get((await web.leave({ prompt: 'none' })).url, { stopAt: spa.redirectUri })
  expect(new URL(answerOf(silent)).searchParams.get('error')).toBe('consent_required')
  const after = await web.signIn(agent, kim, OFFLINE)
  expect((await ask.refresh(spa, after.refresh_token)).status).toBe(200)
})
