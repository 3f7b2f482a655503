import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parallel } from '../contract/open-for-test.ts'
import { createAgent } from '../support/browserless.ts'
import { linkIn, type MailSink, startMailSink } from '../support/mail-sink.ts'
import { passGate } from '../support/person.ts'
import { answerOf, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { storeBeside } from './beside.ts'
import { expectProblem, restCalls, tellable } from './rest-calls.ts'
import { kim, shop, startSubject } from './subject.ts'

const CHOSEN = 'amber otters over the weir'

let server: RunningServer
let sink: MailSink
const rest = restCalls(() => server)

beforeAll(async () => {
  sink = await startMailSink()
  server = await startSubject({
    env: {
      REGISTRATION: 'verified',
      SMTP_URL: sink.url,
      MAIL_FROM: 'gate@example.com',
      ARGON2_MEMORY: '128',
      ARGON2_TIME: '1',
      LIMIT_MAIL_PREFIX: '10000',
      LIMIT_REGISTRATION_PREFIX: '10000',
    },
  })
})
afterAll(async () => {
  await server?.stop()
  await sink?.stop()
})

const register = (email: unknown, more: object = {}) =>
  rest.post('/auth/register', { email, password: CHOSEN, ...more })
const accountsOf = async (email: string): Promise<number> => {
  const store = await storeBeside(server)
  const found = await store.accounts.findByEmailKey(email)
  await store.close()
  return found ? 1 : 0
}

describe('registration of proven addresses', () => {
  it('makes the account by the link of the letter, over REST and page', async () => {
    const email = 'ann@example.com'
    const answer = await register(email, { name: 'Ann' })
    expect([answer.status, answer.text]).toEqual([202, ''])
    expectProblem(await rest.login({ login: email, password: CHOSEN }), 401, 'wrong_credentials')
    const link = linkIn(await sink.next({ to: email }))
    expect(new URL(link).origin).toBe(server.issuer)
    for (const method of ['GET', 'HEAD']) expect((await fetch(link, { method })).status).toBe(200)
    expect(await accountsOf(email)).toBe(0)
    const agent = createAgent()
    const page = await agent.get(link)
    expect(page.text('main')).toContain(email)
    const done = await agent.submit(page, '#submit-confirm', { password: CHOSEN })
    expect([done.status, new URL(done.url).pathname]).toEqual([200, '/register/done'])
    const { body } = await rest.login({ login: email, password: CHOSEN })
    expect((await rest.me(body.access_token)).body).toMatchObject({
      email,
      email_verified: true,
      name: 'Ann',
    })
    const again = await agent.get(link)
    expect([again.status, again.has('[data-error=invalid_proof]'), again.has('a[href="/account"]')]).toEqual([
      400,
      true,
      true,
    ])
  })

  it('C-15 leaves nobody else’s password at the account, whoever asked for the letter, and in which order', async () => {
    const theirs = 'pewter kestrel at the ford'
    for (const [email, passwords] of [
      ['fay@example.com', [theirs]],
      ['gil@example.com', [theirs, CHOSEN]],
      ['hal@example.com', [CHOSEN, theirs]],
    ] as const) {
      for (const password of passwords) expect((await register(email, { password })).status).toBe(202)
      const links = []
      for (const _ of passwords) links.push(linkIn(await sink.next({ to: email })))
      const agent = createAgent()
      const page = await agent.get(links.at(-1) ?? '')
      const empty = await agent.submit(page, '#submit-confirm', { password: '' })
      const short = await agent.submit(page, '#submit-confirm', { password: 'short' })
      for (const { status, has } of [empty, short])
        expect([status, has('#password-fault')]).toEqual([422, true])
      expect(await accountsOf(email)).toBe(0)
      await agent.submit(short, '#submit-confirm', { password: CHOSEN })
      expectProblem(await rest.login({ login: email, password: theirs }), 401, 'wrong_credentials')
      expect((await rest.login({ login: email, password: CHOSEN })).status).toBe(200)
    }
  })

  it('within a sign-in leads to the letter, and the person signs in when the account is there', async () => {
    const person = { login: 'ben@example.com', password: CHOSEN }
    const party = await relyingParty(server.issuer, shop)
    const agent = createAgent()
    const attempt = await party.leave()
    const gate = await agent.get(attempt.url)
    const form = await agent.follow(gate, '#to-register')
    const sent = await agent.submit(form, '#submit-register', { email: person.login, password: CHOSEN })
    expect([sent.status, new URL(sent.url).pathname + new URL(sent.url).search]).toEqual([
      200,
      '/register/sent',
    ])
    expect(sent.text('[role=status]')).toContain(person.login)
    const page = await agent.get(linkIn(await sink.next({ to: person.login })))
    await agent.submit(page, '#submit-confirm', { password: CHOSEN })
    const stop = { stopAt: shop.redirectUri }
    const back = await passGate(agent, await agent.get(gate.url, stop), person, stop)
    expect(await party.arrive(answerOf(back), attempt)).toHaveProperty('id_token')
  })

  it.each(['Kim@Example.com', ' kim@example.com ', 'ｋｉｍ@example.com'])(
    'X-31 C-24 answers %j, which has an account, as a new address; a letter tells its owner',
    async (email) => {
      const [known, fresh] = [await register(email), await register(`new-${email.length}@example.com`)]
      expect(known.status).toBe(202)
      expect(tellable(known)).toEqual(tellable(fresh))
      const mail = await sink.next({ to: kim.login })
      expect(linkIn(mail)).toBe(`${server.issuer}/recover`)
    },
  )

  it('X-31 C-24 answers both alike on the page, cookies and all', async () => {
    const answers = []
    for (const email of [kim.login, 'cem@example.com']) {
      const agent = createAgent()
      const page = await agent.get(`${server.issuer}/register`)
      const answer = await agent.submit(page, '#submit-register', { email, password: CHOSEN }, { stopAt: '' })
      const { date, 'x-request-id': id, 'set-cookie': cookies, ...headers } = answer.headers
      const names = [cookies].flat().map((cookie) => cookie?.replace(/=[^;]*/, ''))
      answers.push({ status: answer.status, location: answer.location, headers, names, html: answer.html })
    }
    expect(answers[0]).toMatchObject({ status: 303 })
    expect(answers[0]).toEqual(answers[1])
  })

  it.each(['victim@x.com,evil@y', '"victim@x.com"@evil.example', 'victim@x.com\r\nBcc: evil@y'])(
    'X-31 C-17 takes %j for no address',
    async (email) => {
      expectProblem(await register(email), 422, 'invalid_fields')
      await sleep(100)
      for (const { to, raw } of sink.all()) expect(`${to} ${raw}`).not.toMatch(/evil|victim/)
    },
  )

  it('says what is wrong with a password before it says anything else', async () => {
    for (const email of [kim.login, 'new@example.com']) {
      expectProblem(await rest.post('/auth/register', { email, password: 'short' }), 422, 'invalid_fields')
    }
  })

  it('X-31 makes one account, however many letters are opened at once', async () => {
    const email = 'dan@example.com'
    await register(email)
    await register(email)
    const links = [linkIn(await sink.next({ to: email })), linkIn(await sink.next({ to: email }))]
    const pages = await Promise.all(
      links
        .flatMap((link) => [link, link])
        .map(async (link) => {
          const agent = createAgent()
          return { agent, page: await agent.get(link) }
        }),
    )
    const answers = await Promise.all(
      pages.map(({ agent, page }) => agent.submit(page, '#submit-confirm', { password: CHOSEN })),
    )
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, 400, 400, 400])
    expect(await accountsOf(email)).toBe(1)
  })

  it('is limited for each address, known or not', async () => {
    for (const email of ['limited@example.com', kim.login]) {
      const answers = await parallel(7, () => register(email))
      const limited = answers.find(({ status }) => status === 429)
      if (!limited) throw new Error('nobody was limited')
      expectProblem(limited, 429, 'too_many_attempts')
    }
  })

  it('X-22 wants the form of its own page', async () => {
    const email = 'eve@example.com'
    await register(email)
    const link = linkIn(await sink.next({ to: email }))
    const agent = createAgent()
    const page = await agent.get(link)
    const fields = { csrf: page.select('input[name=csrf]')[0]?.attributes.value ?? '' }
    const token = new URL(link).searchParams.get('token') ?? ''
    const evil = { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }
    const answer = await agent.post(
      `${server.issuer}/register/confirm`,
      { ...fields, token },
      { headers: evil },
    )
    expect(answer.status).toBe(403)
    expect(await accountsOf(email)).toBe(0)
  })
})
