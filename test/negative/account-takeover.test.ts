import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { JsonObject } from '../../src/domain/ports.ts'
import { atConsole } from '../flows/at-console.ts'
import { storeBeside } from '../flows/beside.ts'
import { calls } from '../flows/calls.ts'
import { app, type Beside, openBeside } from '../flows/factors-beside.ts'
import { codesOn, type Gate, gateOf, ONE, secretOf } from '../flows/gate.ts'
import { expectProblem, restCalls } from '../flows/rest-calls.ts'
import { shop, startSubject } from '../flows/subject.ts'
import { softwareAuthenticator } from '../support/authenticator.ts'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { cookieJar } from '../support/cookies.ts'
import { linkIn, type MailFiles, mailFiles } from '../support/mail-files.ts'
import type { Credentials } from '../support/person.ts'
import { answerOf, type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { csrfOn } from './attacker.ts'

const THEIRS = 'pewter kestrel at the ford'
const OWN = 'amber otters over the weir'
const NEW_ADDRESS = 'Confirm your new e-mail address'

let server: RunningServer
let beside: Beside
let mails: MailFiles
let gate: Gate
let party: RelyingParty
const rest = restCalls(() => server)

beforeAll(async () => {
  server = await startSubject({
    env: {
      ARGON2_MEMORY: '128',
      ARGON2_TIME: '1',
      LIMIT_MAIL_PREFIX: '1000',
      LIMIT_SIGN_IN_PREFIX: '1000',
      LIMIT_REGISTRATION_PREFIX: '1000',
    },
  })
  beside = await openBeside(server)
  mails = mailFiles(server)
  gate = await gateOf(server)
  party = await relyingParty(server.issuer, shop)
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

const fresh = (): string => `${randomBytes(8).toString('hex')}@example.com`
const tokenOf = (link: string): string => new URL(link).searchParams.get('token') ?? ''
const formHeaders = () => ({ origin: server.issuer, 'sec-fetch-site': 'same-origin' })

/** Somebody registers an address that is not theirs; its owner gets the letter. */
const occupy = async () => {
  const person: Credentials = { login: fresh(), password: THEIRS }
  const made = await rest.post('/auth/register', { email: person.login, password: person.password })
  expect(made.status).toBe(201)
  return { person, letter: linkIn(await mails.next({ to: person.login })) }
}

const PASSKEY = '/account/security/passkey'

/** Begins to set up a passkey in the console. */
const passkeyOptions = async (agent: Agent): Promise<JsonObject> => {
  const csrf = csrfOn(await agent.get(server.issuer + PASSKEY))
  const { html } = await agent.post(
    `${server.issuer}${PASSKEY}/options`,
    { csrf },
    { headers: formHeaders() },
  )
  return JSON.parse(html)
}

/** A passkey of their own. */
const addPasskey = async (agent: Agent) => {
  const page = await agent.get(server.issuer + PASSKEY)
  const csrf = csrfOn(page)
  const device = softwareAuthenticator({ origin: server.issuer, counter: 0 })
  const response = JSON.stringify(device.create(await passkeyOptions(agent)))
  const added = await agent.post(page.url, { csrf, response, name: 'x' }, { headers: formHeaders() })
  return { device, codes: codesOn(added) }
}

/** Everything that whoever came first can lay by: tokens, sessions, factors, letters, and sign-ins half done. */
const layBy = async (person: Credentials) => {
  const service = (await rest.login(person)).body
  const browser = createAgent()
  const offline = await party.signIn(browser, person, { scope: 'openid offline_access', prompt: 'consent' })
  const { agent, page } = await atConsole(server, person, { path: '/account/email' })
  const elsewhere = fresh()
  await agent.submit(page, '#submit-email', { email: elsewhere })
  const change = linkIn(await mails.next({ to: elsewhere, subject: NEW_ADDRESS }))
  const ceremony = await passkeyOptions(agent)
  const { device, codes } = await addPasskey(agent)
  const halfway = createAgent()
  const half = { browser: halfway, page: (await gate.code(halfway, person)).page }
  const challenge = (await rest.login(person)).body.challenge
  return { service, browser, offline, agent, change, device, codes, half, challenge, ceremony }
}

/** A sign-in by the passkey alone. */
const byPasskey = async (device: ReturnType<typeof softwareAuthenticator>): Promise<Page> => {
  const agent = createAgent()
  const { page } = await gate.open(agent)
  const options = await gate.post(agent, page, 'passkey/options', {})
  return gate.post(agent, page, 'passkey', { response: JSON.stringify(device.get(JSON.parse(options.html))) })
}

const ways: [string, (owner: { letter: string; login: string }) => Promise<unknown>][] = [
  [
    'the page behind the letter',
    async ({ letter }) => {
      const agent = createAgent()
      const done = await agent.submit(await agent.get(letter), '#submit-verify', { password: OWN })
      expect(done.url).toBe(`${server.issuer}/verify/done`)
    },
  ],
  [
    'the REST API with the token of the letter',
    async ({ letter }) => {
      const body = { token: tokenOf(letter), password: OWN }
      expect((await rest.post('/auth/email/verify', body)).status).toBe(204)
    },
  ],
  [
    'the page of a forgotten password',
    async ({ login }) => {
      await rest.post('/auth/password/forgot', { email: login })
      const agent = createAgent()
      const page = await agent.get(linkIn(await mails.next({ to: login, subject: 'Set a new password' })))
      expect((await agent.submit(page, '#submit-reset', { password: OWN })).url).toBe(
        `${server.issuer}/reset/done`,
      )
    },
  ],
  [
    'a forgotten password over REST',
    async ({ login }) => {
      await rest.post('/auth/password/forgot', { email: login })
      const token = tokenOf(linkIn(await mails.next({ to: login, subject: 'Set a new password' })))
      expect((await rest.post('/auth/password/reset', { token, password: OWN })).status).toBe(204)
    },
  ],
]

describe('an account that somebody else registered first', () => {
  it.each(ways)('C-15 keeps nothing for them once its owner comes by %s', async (_, come) => {
    const { person, letter } = await occupy()
    const left = await layBy(person)
    await come({ letter, login: person.login })
    const { factors, emailVerified } = await beside.find(person.login)
    expect({ factors, emailVerified }).toEqual({
      factors: { totp: undefined, recoveryCodes: undefined, passkeys: [] },
      emailVerified: true,
    })
    expectProblem(await rest.login(person), 401, 'wrong_credentials')
    expectProblem(await rest.me(left.service.access_token), 401, 'invalid_token')
    expectProblem(await rest.refresh(left.service.refresh_token), 401, 'invalid_token')
    const code = left.codes[0] ?? ''
    expect(code).not.toBe('')
    const finished = await rest.post('/auth/login/mfa', { challenge: left.challenge, code })
    expectProblem(finished, 401, 'invalid_challenge')
    expect((await calls(server).refresh(shop, left.offline.refresh_token)).status).toBe(400)
    const silent = await left.browser.get((await party.leave({ prompt: 'none' })).url, {
      stopAt: shop.redirectUri,
    })
    expect(answerOf(silent)).toContain('error=login_required')
    expect((await left.agent.get(`${server.issuer}/account`)).has('#submit-login')).toBe(true)
    expect((await byPasskey(left.device)).has('[data-error=passkey_refused]')).toBe(true)
    const owner = { ...person, password: OWN }
    expect((await rest.login(owner)).status).toBe(200)
    const { page } = await atConsole(server, owner)
    expect(page.text('main')).toContain(person.login)
  })

  it('C-15 C-18 takes no step of a sign-in or a set-up that they had begun', async () => {
    const { person, letter } = await occupy()
    const left = await layBy(person)
    await rest.post('/auth/email/verify', { token: tokenOf(letter), password: OWN })
    const { browser, page } = left.half
    const code = left.codes[0] ?? ''
    const answer = await gate.post(browser, page, 'second-factor', { code })
    expect([answer.location, answer.has('#submit-login')]).toEqual([undefined, true])
    // The options are good for a while; whoever holds them finds no account that takes the answer, nor does its owner.
    const owner = await atConsole(server, { ...person, password: OWN }, { path: PASSKEY })
    const response = JSON.stringify(softwareAuthenticator({ origin: server.issuer }).create(left.ceremony))
    for (const agent of [left.agent, owner.agent]) {
      const fields = { csrf: csrfOn(owner.page), response, name: 'x' }
      await agent.post(server.issuer + PASSKEY, fields, { headers: formHeaders() })
    }
    expect((await beside.find(person.login)).factors.passkeys).toEqual([])
  })

  it('C-15 gets no address that they had asked for, whoever is signed in where the letter is opened', async () => {
    const { person, letter } = await occupy()
    const { change } = await layBy(person)
    await rest.post('/auth/email/verify', { token: tokenOf(letter), password: OWN })
    const { agent } = await atConsole(server, { ...person, password: OWN })
    const page = await agent.get(change)
    expect([page.status, page.has('[data-error=invalid_proof]'), page.has('#submit-address')]).toEqual([
      400,
      true,
      false,
    ])
    expect((await beside.find(person.login)).email).toBe(person.login)
  })

  it('C-15 is not theirs again by an app that they began to set up', async () => {
    const { person, letter } = await occupy()
    const { agent, page } = await atConsole(server, person, { path: '/account/security/app' })
    const phone = app(secretOf(page))
    await rest.post('/auth/email/verify', { token: tokenOf(letter), password: OWN })
    const owner = await atConsole(server, { ...person, password: OWN }, { path: '/account/security/app' })
    expect(secretOf(owner.page)).not.toBe(phone.secret)
    const fields = { csrf: csrfOn(page), code: phone.code() }
    await agent.post(page.url, fields, { headers: formHeaders() })
    await owner.agent.submit(owner.page, '#submit-code', { code: phone.code() })
    expect((await beside.find(person.login)).factors.totp).toBeUndefined()
  })

  it('C-14 is told to applications and services as one whose address nobody has proven', async () => {
    const { person, letter } = await occupy()
    const { body } = await rest.login(person)
    const told = async () => {
      const { access_token } = await party.signIn(createAgent(), person, { scope: 'openid email' })
      const answer = await fetch(`${server.issuer}/oauth2/userinfo`, {
        headers: { authorization: `Bearer ${access_token}` },
      })
      return answer.json()
    }
    expect(await told()).toMatchObject({ email: person.login, email_verified: false })
    expect((await rest.me(body.access_token)).body).toMatchObject({ email_verified: false })
    await rest.post('/auth/email/verify', { token: tokenOf(letter), password: THEIRS })
    expect(await told()).toMatchObject({ email_verified: true })
  })
})

describe('C-16 the address in a form of a letter', () => {
  it('changes nobody else’s account, on the page and over REST', async () => {
    const [victim, own] = [await beside.newcomer(), await beside.newcomer()]
    await rest.post('/auth/password/forgot', { email: own.login })
    const link = linkIn(await mails.next({ to: own.login, subject: 'Set a new password' }))
    const agent = createAgent()
    const page = await agent.get(link)
    const answer = await agent.submit(page, '#submit-reset', { username: victim.login, password: OWN })
    expect([answer.status, answer.has('[data-error=invalid_proof]')]).toEqual([400, true])
    const body = { token: tokenOf(link), password: OWN, email: victim.login }
    expectProblem(await rest.post('/auth/password/reset', body), 400, 'invalid_proof')
    for (const person of [victim, own]) expect((await rest.login(person)).status).toBe(200)
  })

  it('proves no other address, whatever is sent along', async () => {
    const [victim, own] = [await occupy(), await occupy()]
    const more = { email: victim.person.login, username: victim.person.login, sub: 'x' }
    const body = { token: tokenOf(own.letter), password: OWN, ...more }
    expect((await rest.post('/auth/email/verify', body)).status).toBe(204)
    expect((await beside.find(victim.person.login)).emailVerified).toBe(false)
    expect((await beside.find(own.person.login)).emailVerified).toBe(true)
    expect((await rest.login(victim.person)).status).toBe(200)
  })
})

/** Somebody else with all that a browser has by now. */
const thiefOf = (agent: Agent): Agent => {
  const cookies = cookieJar()
  const kept = agent.cookies.all().map(({ name, value, path }) => `${name}=${value}; Path=${path}`)
  cookies.take(new URL(server.issuer), kept)
  return createAgent({ cookies })
}

it('C-25, C-30, N-34 a stolen copy of a browser’s cookies opens nothing once its owner has changed the password', async () => {
  const person = await beside.newcomer()
  const { agent, page } = await atConsole(server, person, { path: '/account/password' })
  const thief = thiefOf(agent)
  expect((await thief.get(`${server.issuer}/account`)).text('main')).toContain(person.login)
  const fields = { current: person.password, password: OWN }
  expect((await agent.submit(page, '#submit-password', fields)).url).toBe(`${server.issuer}/account/security`)
  for (const path of ['/account', '/account/devices', '/account/password'])
    expect((await thief.get(server.issuer + path)).has('#submit-login')).toBe(true)
  expect((await gate.answered(thief, { prompt: 'none' })).get('error')).toBe('login_required')
  expect((await agent.get(`${server.issuer}/account`)).text('main')).toContain(person.login)
  expect(await gate.silently(agent)).toMatchObject({ acr: ONE })
})

it('C-25 a letter of an account that is disabled meanwhile opens nothing, on any page and over REST', async () => {
  const { person, letter } = await occupy()
  await rest.post('/auth/password/forgot', { email: person.login })
  const reset = linkIn(await mails.next({ to: person.login, subject: 'Set a new password' }))
  const { agent, page } = await atConsole(server, person, { path: '/account/email' })
  const elsewhere = fresh()
  await agent.submit(page, '#submit-email', { email: elsewhere })
  const change = linkIn(await mails.next({ to: elsewhere, subject: NEW_ADDRESS }))
  await beside.disable(person.login)
  await expect.poll(async () => (await rest.login(person)).status).toBe(401)
  for (const link of [letter, reset, change])
    await expect.poll(async () => (await agent.get(link)).status, { timeout: 2_000 }).toBe(400)
  for (const [path, token] of [
    ['/auth/email/verify', tokenOf(letter)],
    ['/auth/password/reset', tokenOf(reset)],
  ] as const)
    expectProblem(await rest.post(path, { token, password: OWN }), 400, 'invalid_proof')
  const store = await storeBeside(server)
  const account = await store.accounts.findByEmailKey(person.login)
  await store.close()
  expect(account).toMatchObject({ disabled: true, emailVerified: false, email: person.login })
})
