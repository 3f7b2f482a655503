import { setTimeout as sleep } from 'node:timers/promises'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { Account } from '../../src/domain/ports.ts'
import { createAgent } from '../support/browserless.ts'
import { seenEverywhere } from '../support/deployment.ts'
import { passGate } from '../support/person.ts'
import { answerOf, type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { storeBeside } from './beside.ts'
import { type Calls, calls } from './calls.ts'
import { kim, ledger, lou, OPAQUE_API, shop, startSubject } from './subject.ts'

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

/** Everything that a sign-in can leave behind. */
const signedIn = async (person: typeof kim) => {
  const agent = createAgent()
  const tokens = await party.signIn(agent, person, OFFLINE)
  const forApi = await party.signIn(agent, person, {
    scope: 'openid ledger:read',
    resource: OPAQUE_API,
    prompt: 'consent',
  })
  const attempt = await party.leave()
  const callback = await party.callback(agent, person, attempt)
  return { agent, tokens, forApi, attempt, callback }
}

/** Changes an account as a command beside the server does; it takes effect within a second. */
const change = async (login: string, changes: Partial<Account>): Promise<void> => {
  const store = await storeBeside(server)
  const account = await store.accounts.findByEmailKey(login)
  if (!account) throw new Error(`no account ${login}`)
  await store.accounts.replace({ ...account, ...changes })
  await store.close()
}

const expectAllDead = async (left: Awaited<ReturnType<typeof signedIn>>): Promise<void> => {
  const { agent, tokens, forApi, attempt, callback } = left
  const isActive = () => ask.isActive(shop, tokens.access_token)
  await expect.poll(isActive, { timeout: 10_000 }).toBe(false)
  await seenEverywhere()
  expect(await ask.isActive(ledger, forApi.access_token)).toBe(false)
  expect(await ask.isActive(shop, tokens.refresh_token)).toBe(false)
  expect(await ask.refresh(shop, tokens.refresh_token)).toMatchObject({
    status: 400,
    body: { error: 'invalid_grant' },
  })
  await expect(party.arrive(callback, attempt)).rejects.toMatchObject({ error: 'invalid_grant' })
  await expect(
    oidc.fetchUserInfo(party.config, tokens.access_token, oidc.skipSubjectCheck),
  ).rejects.toMatchObject({ status: 401 })
  const { url } = await party.leave({ prompt: 'none' })
  const page = await agent.get(url, { stopAt: shop.redirectUri })
  expect(new URL(answerOf(page)).searchParams.get('error')).toBe('login_required')
}

it('a disabled account loses its sessions, its grants and every token that is looked up', async () => {
  const left = await signedIn(lou)
  await change(lou.login, { disabled: true, validAfter: Date.now() })
  await expectAllDead(left)
  const attempt = await party.leave()
  const page = await passGate(left.agent, await left.agent.get(attempt.url), lou)
  expect([page.status, page.has('[role=alert]')]).toEqual([422, true])
})

it('N-07 "log out everywhere" ends what was before it, and a new sign-in counts', async () => {
  const left = await signedIn(kim)
  // Sessions are born in whole seconds: this one may be of the present second, the next one must not be.
  await change(kim.login, { validAfter: Date.now() + 1000 })
  await expectAllDead(left)
  await sleep(2000)
  const { access_token } = await party.signIn(left.agent, kim, OFFLINE)
  expect(await ask.isActive(shop, access_token)).toBe(true)
  expect(await ask.isActive(shop, left.tokens.access_token)).toBe(false)
})
