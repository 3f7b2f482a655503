import * as oidc from 'openid-client'
import { expect } from 'vitest'
import { type Agent, createAgent } from '../support/browserless.ts'
import type { Credentials } from '../support/person.ts'
import { answerOf, type RelyingParty } from '../support/relying-party.ts'
import type { Calls } from './calls.ts'
import { ledger, OPAQUE_API, shop } from './subject.ts'

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' }

/** Everything that a sign-in can leave behind: tokens with and without an API, a code, the browser session. */
export const leaveBehind = async (
  party: RelyingParty,
  person: Credentials,
  agent: Agent = createAgent(),
): Promise<LeftBehind> => {
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

type Tokens = Awaited<ReturnType<RelyingParty['signIn']>>

export interface LeftBehind {
  agent: Agent
  tokens: Tokens
  forApi: Tokens
  attempt: Awaited<ReturnType<RelyingParty['leave']>>
  callback: string
}

/** Whether this browser is signed in at the server, without asking the person. */
export const isSignedIn = async (agent: Agent, party: RelyingParty): Promise<boolean> => {
  const { url } = await party.leave({ prompt: 'none' })
  const page = await agent.get(url, { stopAt: shop.redirectUri })
  return new URL(answerOf(page)).searchParams.get('error') !== 'login_required'
}

/** Sees that tokens and code are dead within a second, at introspection, refresh, exchange and userinfo. */
export const expectTokensDead = async (
  { tokens, forApi, attempt, callback }: LeftBehind,
  { ask, party }: { ask: Calls; party: RelyingParty },
): Promise<void> => {
  // What comes beside the second is the time of the requests themselves.
  await expect
    .poll(() => ask.isActive(shop, tokens.access_token), { timeout: 1_500, interval: 50 })
    .toBe(false)
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
}
