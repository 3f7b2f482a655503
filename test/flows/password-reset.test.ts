import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { Account } from '../../src/domain/ports.ts'
import { parallel } from '../contract/open-for-test.ts'
import { oneBitOff } from '../domain/arrange-proofs.ts'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { linkIn, type MailFiles, mailFiles } from '../support/mail-files.ts'
import { passGate } from '../support/person.ts'
import { answerOf, type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { storeBeside } from './beside.ts'
import { calls } from './calls.ts'
import { bearer, expectProblem, restCalls, tellable } from './rest-calls.ts'
import { kim, lou, seed, shop, startSubject } from './subject.ts'

const NEXT = 'copper kettle over the hill'
const RESET = 'Set a new password'
const newcomers = ['ann', 'ben', 'cem', 'dan', 'eve', 'fay', 'gil', 'hal'].map((name) => ({
  login: `${name}@example.com`,
  password: `${name} walks amber quays at dawn`,
}))
const who = (name: string) => {
  const found = newcomers.find(({ login }) => login.startsWith(name))
  if (!found) throw new Error(`no ${name}`)
  return found
}

let server: RunningServer
let mails: MailFiles
let party: RelyingParty
const rest = restCalls(() => server)

beforeAll(async () => {
  server = await startSubject({
    seed: {
      ...seed,
      accounts: [
        ...seed.accounts,
        ...newcomers.map(({ login, password }) => ({ email: login, password, email_verified: true })),
      ],
    },
    env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1', LIMIT_MAIL_PREFIX: '10000' },
  })
  mails = mailFiles(server)
  party = await relyingParty(server.issuer, shop)
})
afterAll(() => server?.stop())

const forgot = (email: unknown, headers: Record<string, string> = {}) =>
  rest.post('/auth/password/forgot', { email }, headers)
const reset = (token: unknown, password: unknown = NEXT, more: object = {}) =>
  rest.post('/auth/password/reset', { token, password, ...more })
const linkFor = async (email: string): Promise<string> => {
  expect((await forgot(email)).status).toBe(202)
  return linkIn(await mails.next({ to: email, subject: RESET }))
}
const tokenFor = async (email: string): Promise<string> =>
  new URL(await linkFor(email)).searchParams.get('token') ?? ''
const change = async (login: string, changes: Partial<Account>): Promise<void> => {
  const store = await storeBeside(server)
  const account = await store.accounts.findByEmailKey(login)
  if (!account) throw new Error(`no account ${login}`)
  await store.accounts.replace({ ...account, ...changes })
  await store.close()
  await sleep(1_100)
}

/** Opens the link of a letter and sends its form. */
const resetByPage = async (
  link: string,
  values: Record<string, string> = {},
  agent: Agent = createAgent(),
): Promise<Page> => {
  const page = await agent.get(link)
  if (!page.has('#submit-reset')) return page
  return agent.submit(page, '#submit-reset', { password: NEXT, ...values })
}

describe('a forgotten password', () => {
  it('is replaced by the link of a letter, and everything from before is out within a second, everywhere', async () => {
    const agent = createAgent()
    const person = who('ann')
    const [own, tokens] = [
      (await rest.login(person)).body,
      await party.signIn(agent, person, { scope: 'openid offline_access', prompt: 'consent' }),
    ]
    const token = await tokenFor(person.login)
    const answer = await reset(token)
    expect([answer.status, answer.text]).toEqual([204, ''])
    const ask = calls(server)
    await parallel(3, async () => {
      expect(await ask.isActive(shop, tokens.access_token)).toBe(false)
      expect((await ask.refresh(shop, tokens.refresh_token)).status).toBe(400)
      expectProblem(await rest.me(own.access_token), 401, 'invalid_token')
      expectProblem(await rest.refresh(own.refresh_token), 401, 'invalid_token')
    })
    const silent = await agent.get((await party.leave({ prompt: 'none' })).url, { stopAt: shop.redirectUri })
    expect(new URL(answerOf(silent)).searchParams.get('error')).toBe('login_required')
    expectProblem(await rest.login(person), 401, 'wrong_credentials')
    expect((await rest.login({ ...person, password: NEXT })).status).toBe(200)
    const told = await mails.next({ to: person.login, subject: 'Your password was reset' })
    expect(told.text).toContain(`${server.issuer}/account/security`)
  })

  it('is replaced on the pages: nobody is signed in by it, and no address is in a URL', async () => {
    const agent = createAgent()
    const person = who('ben')
    const page = await agent.get(`${server.issuer}/recover`)
    const sent = await agent.submit(page, '#submit-recover', { email: person.login })
    expect([sent.status, new URL(sent.url).pathname + new URL(sent.url).search]).toEqual([
      200,
      '/recover/sent',
    ])
    expect(sent.text('[role=status]')).toContain(person.login)
    const link = linkIn(await mails.next({ to: person.login, subject: RESET }))
    const form = await agent.get(link)
    expect(form.headers['referrer-policy']).toBe('same-origin')
    expect(form.select('input[name=username]')[0]?.attributes.value).toBe(person.login)
    const refused = await agent.submit(form, '#submit-reset', { password: 'short' })
    expect([refused.status, refused.has('[role=alert]')]).toEqual([422, true])
    const done = await agent.submit(refused, '#submit-reset', { password: NEXT })
    expect([done.status, new URL(done.url).pathname]).toEqual([200, '/reset/done'])
    const gate = await agent.get((await party.leave()).url)
    expect(gate.has('input[name=login]')).toBe(true)
    const answer = await passGate(agent, gate, { ...person, password: NEXT }, { stopAt: shop.redirectUri })
    expect(answerOf(answer)).toContain('code=')
  })

  it('changes nothing when the link is only looked at, by GET or HEAD, as mail scanners do', async () => {
    const link = await linkFor(lou.login)
    for (const method of ['GET', 'HEAD', 'GET']) {
      expect((await fetch(link, { method })).status).toBe(200)
    }
    expect((await rest.login(lou)).status).toBe(200)
    expect((await resetByPage(link, { password: lou.password })).status).toBe(200)
  })

  it('X-10 is replaced once by twenty who have the link', async () => {
    const token = await tokenFor(who('cem').login)
    const answers = await parallel(20, (n) => reset(token, `${NEXT} ${n}`))
    expect(answers.filter(({ status }) => status === 204)).toHaveLength(1)
    for (const answer of answers) if (answer.status !== 204) expectProblem(answer, 400, 'invalid_proof')
  })

  it('X-30 does not open what has a second factor: it is still asked', async () => {
    const person = who('dan')
    const factors = {
      totp: { secret: 'sealed', lastStep: 0, addedAt: 1, lastUsedAt: undefined },
      recoveryCodes: undefined,
      passkeys: [],
    }
    await change(person.login, { factors })
    expect((await reset(await tokenFor(person.login))).status).toBe(204)
    const { status, body } = await rest.login({ ...person, password: NEXT })
    expect([status, body.code]).toEqual([401, 'mfa_required'])
    const agent = createAgent()
    const gate = await agent.get((await party.leave()).url)
    const page = await agent.submit(gate, '#submit-login', { login: person.login, password: NEXT })
    expect(page.has('input[name=code]')).toBe(true)
  })

  it('C-24 answers known, unknown and disabled addresses alike, on page and REST', async () => {
    await change(who('hal').login, { disabled: true, validAfter: Date.now() })
    const emails = [kim.login, 'nob@example.com', who('hal').login]
    const answers = []
    for (const email of emails) answers.push(tellable(await forgot(email)))
    expect(answers).toEqual(Array(3).fill(answers[0]))
    const pages = []
    for (const email of emails) {
      const agent = createAgent()
      const page = await agent.get(`${server.issuer}/recover`)
      const { status, location, headers, html } = await agent.submit(
        page,
        '#submit-recover',
        { email },
        { stopAt: '' },
      )
      const { date, 'x-request-id': id, 'set-cookie': cookies, ...rest } = headers
      pages.push({
        status,
        location,
        html,
        headers: rest,
        cookies: [cookies].flat().map((one) => one?.replace(/=[^;]*/, '')),
      })
    }
    expect(pages).toEqual(Array(3).fill(pages[0]))
    await mails.next({ to: kim.login, subject: RESET })
    expect((await mails.all()).flatMap(({ to }) => to)).not.toContain(who('hal').login)
  })
})

describe('X-30 a token that is no good gets one answer, on page and REST', () => {
  const expectRefused = async (tokens: string[], more: { email?: string } = {}): Promise<void> => {
    const unknown = await reset('A'.repeat(43))
    const over = await createAgent().get(`${server.issuer}/reset?token=${'A'.repeat(43)}`)
    expect([over.status, over.has('[data-error=invalid_proof]')]).toEqual([400, true])
    for (const token of tokens) {
      const answer = await reset(token, NEXT, more)
      expectProblem(answer, 400, 'invalid_proof')
      expect(tellable(answer)).toEqual(tellable(unknown))
      const page = await resetByPage(
        `${server.issuer}/reset?token=${token}`,
        more.email === undefined ? {} : { username: more.email },
      )
      expect([page.status, page.html]).toEqual([400, over.html])
    }
  }

  it('used, one bit off, of another kind', async () => {
    const [token, fresh] = [await tokenFor(who('eve').login), await tokenFor(who('eve').login)]
    await expectRefused([oneBitOff(fresh)])
    expect((await reset(token)).status).toBe(204)
    await expectRefused([token, fresh])
    await rest.post('/auth/register', { email: 'ivy@example.com', password: NEXT })
    const proof = new URL(linkIn(await mails.next({ to: 'ivy@example.com' }))).searchParams.get('token')
    await expectRefused([proof ?? ''])
  })

  it('with the address of another account, which does not burn it', async () => {
    const token = await tokenFor(who('fay').login)
    await expectRefused([token], { email: kim.login })
    expect((await reset(token, NEXT, { email: who('fay').login })).status).toBe(204)
  })

  it('after a change of the password, or for an account that is disabled', async () => {
    const person = who('gil')
    const token = await tokenFor(person.login)
    const { body } = await rest.login(person)
    const change1 = { current_password: person.password, password: `${NEXT} again` }
    expect((await rest.post('/auth/password/change', change1, bearer(body.access_token))).status).toBe(200)
    await expectRefused([token])
    const second = await tokenFor(person.login)
    await change(person.login, { disabled: true, validAfter: Date.now() })
    await expectRefused([second])
  })
})

describe('what is asked', () => {
  const hosts: [string, Record<string, string>][] = [
    ['Host', { host: 'evil.example' }],
    ['X-Forwarded-Host', { 'x-forwarded-host': 'evil.example' }],
    ['a Host with a user', { host: 'a@evil.example' }],
    ['Forwarded', { forwarded: 'host=evil.example', 'x-forwarded-proto': 'https' }],
  ]
  it.each(hosts)(
    'X-27 C-13 under another %s gets a letter with the configured origin',
    async (name, headers) => {
      const email = who(['eve', 'fay', 'cem', 'ben'][hosts.findIndex(([one]) => one === name)] ?? '').login
      const agent = createAgent()
      const page = await agent.get(`${server.issuer}/recover`)
      await agent.submit(page, '#submit-recover', { email }, { headers })
      const mail = await mails.next({ to: email, subject: RESET })
      expect(new URL(linkIn(mail)).origin).toBe(server.issuer)
      expect(mail.raw).not.toContain('evil.example')
    },
  )

  it.each([
    'victim@x.com,evil@y',
    '"kim@example.com"@evil.example',
    'kim@example.com\r\nBcc: evil@example.com',
    'kim@example.com\u0000',
  ])('X-31 C-17 takes %j for no address, on page and REST', async (email) => {
    const answer = await forgot(email)
    expect([400, 422]).toContain(answer.status)
    const agent = createAgent()
    const page = await agent.get(`${server.issuer}/recover`)
    const refused = await agent.submit(page, '#submit-recover', { email })
    expect([400, 422]).toContain(refused.status)
    await sleep(100)
    for (const { raw } of await mails.all()) expect(raw).not.toMatch(/evil|victim/)
  })

  it.each(['KIM@EXAMPLE.COM', ' kim@example.com ', 'ｋｉｍ@example.com'])(
    'X-31 C-17 finds the account of %j, and mails to its stored address',
    async (email) => {
      expect((await forgot(email)).status).toBe(202)
      expect((await mails.next({ to: kim.login, subject: RESET })).to).toEqual([kim.login])
    },
  )

  it('X-32 with 64 kB of an address is refused at once', async () => {
    for (const email of [`${'a@a.'.repeat(14_000)}a`, `${'a'.repeat(55_000)}!`]) {
      const start = performance.now()
      const answer = await forgot(email)
      expect([400, 413]).toContain(answer.status)
      expect(performance.now() - start).toBeLessThan(500)
    }
  })

  it('C-33 X-20 takes no object, list or prototype for a token, a password or an address', async () => {
    const odd: unknown[] = [{ $ne: '' }, { $regex: '.*' }, ['a', 'b'], 1, null, true, { __proto__: { x: 1 } }]
    for (const value of odd) {
      for (const body of [
        { token: value, password: NEXT },
        { token: 'A'.repeat(43), password: value },
      ]) {
        expectProblem(await rest.post('/auth/password/reset', body), 400, 'bad_request')
      }
      expectProblem(await forgot(value), 400, 'bad_request')
    }
    const agent = createAgent()
    const page = await agent.get(await linkFor(who('ann').login))
    const csrf = page.select('input[name=csrf]')[0]?.attributes.value ?? ''
    const headers = { origin: server.issuer, 'sec-fetch-site': 'same-origin' }
    for (const fields of [
      [
        ['csrf', csrf],
        ['token[$ne]', ''],
        ['password', NEXT],
      ],
      [
        ['csrf', csrf],
        ['token', 'a'],
        ['token', 'b'],
        ['password', NEXT],
      ],
      [
        ['csrf', csrf],
        ['__proto__[token]', 'x'],
        ['password', NEXT],
      ],
    ] as [string, string][][]) {
      expect((await agent.post(`${server.issuer}/reset`, fields, { headers })).status).toBe(400)
    }
    const twice = await agent.get(`${server.issuer}/reset?token=${'A'.repeat(43)}&token=b`)
    expect(twice.status).toBe(400)
  })

  it('X-21 with a password that is too large is refused, and the token stays good', async () => {
    const token = await tokenFor(who('ann').login)
    expectProblem(await reset(token, 'x'.repeat(64 * 1024)), 413, 'too_large')
    expectProblem(await reset(token, 'x'.repeat(5_000)), 400, 'bad_request')
    expectProblem(await reset(token, 'x'.repeat(1_025)), 422, 'invalid_fields')
    expect((await reset(token)).status).toBe(204)
  })

  it('X-22 by another site, or without the token of its page, is refused and sends nothing', async () => {
    const agent = createAgent()
    const email = 'nobody-at-all@example.com'
    await rest.post('/auth/register', { email, password: NEXT })
    const page = await agent.get(`${server.issuer}/recover`)
    const csrf = page.select('input[name=csrf]')[0]?.attributes.value ?? ''
    for (const [fields, headers] of [
      [
        { csrf, email },
        { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' },
      ],
      [
        { csrf: 'x'.repeat(43), email },
        { 'sec-fetch-site': 'same-origin', origin: server.issuer },
      ],
      [{ email }, { 'sec-fetch-site': 'same-origin', origin: server.issuer }],
    ] as const) {
      expect((await agent.post(`${server.issuer}/recover`, fields, { headers })).status).toBe(403)
    }
    await sleep(100)
    const subjects = (await mails.all()).filter(({ to }) => to.includes(email)).map(({ subject }) => subject)
    expect(subjects).not.toContain(RESET)
  })

  it('too often is answered for known and unknown addresses alike', async () => {
    const known = await parallel(8, () => forgot('limited@example.com'))
    const limited = known.filter(({ status }) => status === 429)
    expect(known.filter(({ status }) => status === 202)).toHaveLength(5)
    for (const answer of limited) {
      expectProblem(answer, 429, 'too_many_attempts')
      expect(Number(answer.headers.get('retry-after'))).toBeGreaterThan(0)
    }
    const agent = createAgent()
    const page = await agent.get(`${server.issuer}/recover`)
    const refused = await agent.submit(page, '#submit-recover', { email: 'limited@example.com' })
    expect([refused.status, refused.has('[data-error=too_many_attempts]')]).toEqual([429, true])
  })
})

it('X-40 no token, password or address of a letter is in the log', async () => {
  const link = await linkFor(who('ben').login)
  const token = new URL(link).searchParams.get('token') ?? ''
  await fetch(link)
  await reset(token, 'a canary that sings at night')
  await sleep(200)
  const log = server.output()
  for (const secret of [token, 'canary that sings', who('ben').login]) expect(log).not.toContain(secret)
})

it('password managers find the page to change a password', async () => {
  const answer = await fetch(`${server.issuer}/.well-known/change-password`, { redirect: 'manual' })
  expect([answer.status, answer.headers.get('location')]).toEqual([303, '/account/password'])
})
