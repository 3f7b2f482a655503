import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { atConsole } from '../flows/at-console.ts'
import { storeBeside } from '../flows/beside.ts'
import { type Beside, openBeside } from '../flows/factors-beside.ts'
import { type Gate, gateOf } from '../flows/gate.ts'
import { type RestAnswer, restCalls, tellable } from '../flows/rest-calls.ts'
import { startSubject } from '../flows/subject.ts'
import { createAgent, type Page } from '../support/browserless.ts'
import type { RunningServer } from '../support/server.ts'
import { csrfOn } from './attacker.ts'

const WRONG = 'not the one at all'
const STAY = { stopAt: '' }

let server: RunningServer
let beside: Beside
let gate: Gate
/** One address for each state of an account, all of one length, by state. */
let addresses: [string, string][]
const rest = restCalls(() => server)

const address = (): string => `${randomBytes(8).toString('hex')}@example.com`

beforeAll(async () => {
  server = await startSubject({
    env: {
      ARGON2_MEMORY: '128',
      ARGON2_TIME: '1',
      TRUST_PROXY: '1',
      LIMIT_SIGN_IN_PREFIX: '100000',
      LIMIT_MAIL_PREFIX: '100000',
    },
  })
  beside = await openBeside(server)
  gate = await gateOf(server)
  const known = async () => (await beside.newcomer()).login
  const [disabled, withApp, waiting, leaving] = [await known(), await known(), address(), await known()]
  await beside.disable(disabled)
  await beside.giveApp(withApp)
  await rest.post('/auth/register', { email: waiting, password: 'amber otters over the weir' })
  const store = await storeBeside(server)
  const deletion = { due: Date.now() + 3_600_000, clientIds: [] }
  await store.accounts.replace({ ...(await beside.find(leaving)), deletion })
  await store.close()
  addresses = [
    ['unknown', address()],
    ['known', await known()],
    ['disabled', disabled],
    ['with a second factor', withApp],
    ['not proven', waiting],
    ['about to leave', leaving],
  ]
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

const OF_THE_REQUEST = ['date', 'x-request-id', 'set-cookie', 'content-length']

/** What of a page could tell one account from another: everything but what was sent, and ids that are new each time. */
const tellablePage = (page: Page, email: string, secrets: readonly string[] = []) => {
  const cookies = [page.headers['set-cookie'] ?? []].flat()
  const plain = [email, encodeURIComponent(email), csrfOn(page), ...secrets]
    .filter(Boolean)
    .reduce((text, secret) => text.replaceAll(secret, '…'), page.html)
  return {
    status: page.status,
    location: page.location,
    headers: Object.entries(page.headers).filter(([name]) => !OF_THE_REQUEST.includes(name)),
    cookies: cookies.map((cookie) => cookie.replace(/=[^;]*/, (value) => `=${value.length}`)),
    text: plain.replace(/<time.*?<\/time>/gs, '').replace(/[\w-]{8}-[0-9a-z]+(?=<\/)/g, '…'),
  }
}

/** Asks the same for each address and expects one answer. */
const expectAlike = async (ask: (email: string) => Promise<object>): Promise<void> => {
  const answers = []
  for (const [state, email] of addresses) answers.push({ state, answer: await ask(email) })
  const [first] = answers
  for (const { state, answer } of answers) expect({ state, answer }).toEqual({ state, answer: first?.answer })
}

describe('C-24 whether an account exists, and how it is, is told', () => {
  it('by no sign-in with a wrong password, on the page', () =>
    expectAlike(async (login) => {
      const agent = createAgent()
      const { page } = await gate.open(agent)
      const uid = /interaction\/([^/?]+)/.exec(page.url)?.[1] ?? ''
      const answer = await agent.submit(page, '#submit-login', { login, password: WRONG })
      expect(answer.status).toBe(422)
      return tellablePage(answer, login, [uid])
    }))

  it('by no page of a sign-in that names somebody', () =>
    expectAlike(async (login_hint) => {
      const { page } = await gate.open(createAgent(), { login_hint })
      const uid = /interaction\/([^/?]+)/.exec(page.url)?.[1] ?? ''
      expect(page.has('#submit-login')).toBe(true)
      return tellablePage(page, login_hint, [uid])
    }))

  it('by no options of a passkey', () =>
    expectAlike(async (login_hint) => {
      const agent = createAgent()
      const { page } = await gate.open(agent, { login_hint })
      await agent.submit(page, '#submit-login', { login: login_hint, password: WRONG })
      const answer = await gate.post(agent, page, 'passkey/options', { login: login_hint })
      const { challenge, ...options } = JSON.parse(answer.html)
      expect(challenge).toMatch(/^[\w-]{43}$/)
      return { options, status: answer.status, length: answer.html.length }
    }))

  it('by no asking for a new password, on the page', () =>
    expectAlike(async (email) => {
      const agent = createAgent()
      const page = await agent.get(`${server.issuer}/recover`)
      const answer = await agent.submit(page, '#submit-recover', { email }, STAY)
      expect([answer.status, new URL(answer.location ?? '').pathname]).toEqual([303, '/recover/sent'])
      const sent = await agent.get(answer.location ?? '')
      return [tellablePage(answer, email), tellablePage(sent, email)]
    }))

  it('by no wish of somebody who is signed in for another address', async () => {
    const { agent } = await atConsole(server, await beside.newcomer(), { path: '/account/email' })
    await expectAlike(async (email) => {
      const page = await agent.get(`${server.issuer}/account/email`)
      const answer = await agent.submit(page, '#submit-email', { email }, STAY)
      expect(answer.status).toBe(303)
      return [tellablePage(answer, email), tellablePage(await agent.get(answer.location ?? ''), email)]
    })
  })

  const calls: [string, number, (email: string) => Promise<RestAnswer>][] = [
    ['sign-in with a wrong password', 401, (email) => rest.post('/auth/login', { email, password: WRONG })],
    ['asking for a new password', 202, (email) => rest.post('/auth/password/forgot', { email })],
    [
      'asking for the letter that proves an address',
      202,
      (email) => rest.post('/auth/email/resend', { email }),
    ],
  ]
  it.each(calls)('by no %s over REST', (_, status, call) =>
    expectAlike(async (email) => {
      const answer = await call(email)
      expect(answer.status).toBe(status)
      return tellable(answer)
    }),
  )

  it('by no refusal of what was asked too often, on pages and over REST', () =>
    expectAlike(async (email) => {
      const net = `2001:db8:${randomBytes(2).toString('hex')}::1`
      const headers = { 'x-forwarded-for': net }
      for (let n = 0; n < 21; n += 1) await rest.post('/auth/login', { email, password: WRONG }, headers)
      for (let n = 0; n < 6; n += 1) await rest.post('/auth/password/forgot', { email }, headers)
      const agent = createAgent({ headers })
      const { page } = await gate.open(agent)
      const uid = /interaction\/([^/?]+)/.exec(page.url)?.[1] ?? ''
      const answers = [
        tellablePage(await agent.submit(page, '#submit-login', { login: email, password: WRONG }), email, [
          uid,
        ]),
        tellablePage(
          await agent.submit(await agent.get(`${server.issuer}/recover`), '#submit-recover', { email }),
          email,
        ),
        tellable(await rest.post('/auth/login', { email, password: WRONG }, headers)),
        tellable(await rest.post('/auth/password/forgot', { email }, headers)),
      ]
      for (const { status } of answers) expect(status).toBe(429)
      // The time to wait goes down with every second.
      return answers.map((answer) => ({
        ...answer,
        headers: answer.headers.filter(([name]) => name !== 'retry-after'),
        text: answer.text.replace(/\d+ (second|minute)s?/g, '…'),
      }))
    }))
})
