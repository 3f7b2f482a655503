import { createRemoteJWKSet, jwtVerify } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { seenEverywhere } from '../support/deployment.ts'
import { linkIn, mailFiles } from '../support/mail-files.ts'
import { type Credentials, passGate } from '../support/person.ts'
import { answerOf, type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { type ApplicationServer, startApplication } from './application-server.ts'
import { atConsole } from './at-console.ts'
import { storeBeside } from './beside.ts'
import { type Calls, calls } from './calls.ts'
import { seedWith, service, shop, startSubject } from './subject.ts'

const OFFLINE = { scope: 'openid offline_access', prompt: 'consent' }
const PASSWORD = 'seven quiet otters by the sea'
const names = ['ann', 'bea', 'cyd', 'dot', 'eve', 'fay'] as const
const person = (name: (typeof names)[number]) => ({ login: `${name}@example.com`, password: PASSWORD })

const ears = {
  clientId: 'ears',
  clientSecret: 'the-secret-of-the-listener-is-long-enough',
  redirectUri: 'http://localhost:4720/callback',
}
let application: ApplicationServer
let slow: RunningServer
let prompt: RunningServer

beforeAll(async () => {
  application = await startApplication()
  const seed = {
    ...seedWith([
      {
        client_id: ears.clientId,
        client_secret: ears.clientSecret,
        redirect_uris: [ears.redirectUri],
        grant_types: ['authorization_code', 'refresh_token'],
        backchannel_logout_uri: `${application.origin}/ended`,
      },
    ]),
    accounts: names.map((name) => ({
      email: `${name}@example.com`,
      password: PASSWORD,
      email_verified: true,
    })),
  }
  const env = { OUTBOUND_ALLOW: '127.0.0.1/32', ARGON2_MEMORY: '128', ARGON2_TIME: '1' }
  slow = await startSubject({ seed, env })
  prompt = await startSubject({ seed, env: { ...env, DELETION_DELAY: '0' } })
})
afterAll(async () => {
  await Promise.all([slow?.stop(), prompt?.stop()])
  await application?.close()
})

const postJson = async ({ issuer }: RunningServer, path: string, { login, password }: Credentials) => {
  const answer = await fetch(issuer + path, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: login, password }),
  })
  return { status: answer.status, body: await answer.json() }
}

interface Signed {
  agent: Agent
  party: RelyingParty
  ask: Calls
  tokens: Awaited<ReturnType<RelyingParty['signIn']>>
  sub: string
}

/** A person who is signed in to two applications, of which one listens. */
const signedIn = async (server: RunningServer, who: Credentials): Promise<Signed> => {
  const agent = createAgent()
  const party = await relyingParty(server.issuer, shop)
  const tokens = await party.signIn(agent, who, OFFLINE)
  await (await relyingParty(server.issuer, ears)).signIn(agent, who)
  return { agent, party, ask: calls(server), tokens, sub: tokens.claims()?.sub ?? '' }
}

/** Leaves at the console, as this browser. */
const leave = async (server: RunningServer, agent: Agent, who: Credentials): Promise<Page> => {
  const { page } = await atConsole(server, who, { path: '/account/leave', agent })
  return agent.submit(page, '#submit-leave', { confirm: who.login })
}

/** The page to which an application's request leads, when the password is given. */
const enter = async ({ party }: Signed, who: Credentials, agent = createAgent()) => {
  const attempt = await party.leave()
  const stop = { stopAt: shop.redirectUri }
  const page = await passGate(agent, await agent.get(attempt.url, stop), who, stop)
  return { agent, attempt, page, stop }
}

const expectDead = async ({ ask, tokens, party, agent }: Signed): Promise<void> => {
  await expect.poll(() => ask.isActive(shop, tokens.access_token), { timeout: 10_000 }).toBe(false)
  await seenEverywhere()
  expect(await ask.isActive(shop, tokens.refresh_token)).toBe(false)
  expect((await ask.refresh(shop, tokens.refresh_token)).status).toBe(400)
  const { url } = await party.leave({ prompt: 'none' })
  const page = await agent.get(url, { stopAt: shop.redirectUri })
  expect(new URL(answerOf(page)).searchParams.get('error')).toBe('login_required')
}

it('C-25 who asks for the deletion of an account is out everywhere at once, and gets a letter', async () => {
  const who = person('ann')
  const signed = await signedIn(slow, who)
  const page = await leave(slow, signed.agent, who)
  expect([page.status, page.url]).toEqual([200, `${slow.issuer}/account/left`])
  await expectDead(signed)
  const letter = await mailFiles(slow).next({ to: who.login })
  expect(linkIn(letter).startsWith(`${slow.issuer}/account/restore?token=`)).toBe(true)
})

it('the link of the letter keeps the account, by a button and not by looking, once', async () => {
  const who = person('bea')
  const signed = await signedIn(slow, who)
  await leave(slow, signed.agent, who)
  const link = linkIn(await mailFiles(slow).next({ to: who.login }))
  // In another browser, where nobody is signed in.
  const agent = createAgent()
  const page = await agent.get(link)
  await agent.get(link)
  expect((await enter(signed, who)).page.has('#keep-account')).toBe(true)
  const done = await agent.submit(page, '#submit-restore')
  expect([done.status, done.url]).toEqual([200, `${slow.issuer}/account/restore/done`])
  expect((await agent.get(link)).status).toBe(400)
  await expectDead(signed)
  await expect.poll(async () => (await enter(signed, who)).page.location, { timeout: 10_000 }).toBeDefined()
})

it('nobody is signed in to an account that waits for its removal, before its owner keeps it', async () => {
  const who = person('cyd')
  const signed = await signedIn(slow, who)
  await leave(slow, signed.agent, who)
  // In the second of the request the proof would count as older than it.
  await expect
    .poll(async () => (await enter(signed, who)).page.has('#keep-account'), { timeout: 10_000 })
    .toBe(true)
  const { agent, page, stop, attempt } = await enter(signed, who)
  expect(page.text('h1')).toBe('Keep your account?')
  const login = await postJson(slow, '/auth/login', who)
  expect(login).toMatchObject({ status: 403, body: { code: 'deletion_pending' } })
  const denied = await enter(signed, who)
  const left = await denied.agent.submit(denied.page, '#cancel', {}, stop)
  expect(new URL(answerOf(left)).searchParams.get('error')).toBe('access_denied')
  const kept = await passGate(agent, await agent.submit(page, '#keep-account', {}, stop), who, stop)
  const tokens = await signed.party.arrive(answerOf(kept), attempt)
  expect(tokens.claims()?.sub).toBe(signed.sub)
  await expectDead(signed)
})

it('X-22 the form that keeps an account is its own: no token, no keeping', async () => {
  const who = person('dot')
  const signed = await signedIn(slow, who)
  await leave(slow, signed.agent, who)
  await expect
    .poll(async () => (await enter(signed, who)).page.has('#keep-account'), { timeout: 10_000 })
    .toBe(true)
  const { agent, page } = await enter(signed, who)
  const refused = await agent.submit(page, '#keep-account', { csrf: 'x'.repeat(43) })
  expect([refused.status, refused.has('#keep-account'), refused.has('[role=alert]')]).toEqual([
    403,
    true,
    true,
  ])
  expect((await enter(signed, who)).page.has('#keep-account')).toBe(true)
})

it('an account whose time has come is kept by nobody, even before it is removed', async () => {
  const who = person('fay')
  const signed = await signedIn(slow, who)
  const beside = await storeBeside(slow)
  try {
    const account = await beside.accounts.find(signed.sub)
    if (!account) throw new Error('no such account')
    await beside.accounts.replace({ ...account, deletion: { due: Date.now(), clientIds: [] } })
    await expectDead(signed)
    const { agent, page, stop } = await enter(signed, who)
    expect([page.status, page.has('#keep-account'), page.has('#cancel')]).toEqual([200, false, true])
    const left = await agent.submit(page, '#cancel', {}, stop)
    expect(new URL(answerOf(left)).searchParams.get('error')).toBe('access_denied')
  } finally {
    await beside.close()
  }
})

it('a removal tells the applications, frees the address, leaves the events, and its sub is never used again', async () => {
  const who = person('eve')
  const before = application.received.length
  const signed = await signedIn(prompt, who)
  await leave(prompt, signed.agent, who)
  const beside = await storeBeside(prompt)
  try {
    await expect.poll(() => beside.accounts.find(signed.sub), { timeout: 15_000 }).toBeUndefined()
    expect(await beside.consents.list(signed.sub)).toEqual([])
    const events = () => beside.audit.list({ sub: signed.sub, limit: 50 })
    await expect
      .poll(async () => (await events()).map(({ type }) => type), { timeout: 10_000 })
      .toContain('account.deleted')
    expect(JSON.stringify(await events())).not.toContain('eve@')
  } finally {
    await beside.close()
  }
  // Once for the end of the session, once for the end of the account.
  await expect.poll(() => application.received.length - before, { timeout: 10_000 }).toBe(2)
  const keys = createRemoteJWKSet(new URL(`${prompt.issuer}/oauth2/jwks`))
  const told = await Promise.all(
    application.received.slice(before).map(({ body }) =>
      jwtVerify(new URLSearchParams(body).get('logout_token') ?? '', keys, {
        issuer: prompt.issuer,
        audience: ears.clientId,
        typ: 'logout+jwt',
      }),
    ),
  )
  for (const { payload } of told) expect(payload.sub).toBe(signed.sub)
  expect((await mailFiles(prompt).next({ to: who.login })).subject).toContain('deleted')
  await expectDead(signed)
  const again = await postJson(prompt, '/auth/register', who)
  expect(again).toMatchObject({ status: 201, body: { sub: expect.not.stringMatching(signed.sub) } })
  expect(await signed.ask.isActive(service, signed.tokens.access_token)).toBe(false)
})
