import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { parallel } from '../contract/open-for-test.ts'
import { atConsole } from '../flows/at-console.ts'
import { type Beside, openBeside } from '../flows/factors-beside.ts'
import { type Gate, gateOf } from '../flows/gate.ts'
import { restCalls } from '../flows/rest-calls.ts'
import { startSubject } from '../flows/subject.ts'
import { createAgent, type Page } from '../support/browserless.ts'
import { linkIn, type MailFiles, mailFiles } from '../support/mail-files.ts'
import type { Credentials } from '../support/person.ts'
import type { RunningServer } from '../support/server.ts'

const WRONG = 'not the one at all'
const NEXT = 'copper kettle over the hill'
const RESET = 'Set a new password'

let server: RunningServer
let beside: Beside
let mails: MailFiles
let gate: Gate
const rest = restCalls(() => server)

beforeAll(async () => {
  server = await startSubject({
    env: {
      ARGON2_MEMORY: '128',
      ARGON2_TIME: '1',
      TRUST_PROXY: '1',
      LIMIT_REGISTRATION_PREFIX: '6',
      LIMIT_MAIL_PREFIX: '40',
    },
  })
  beside = await openBeside(server)
  mails = mailFiles(server)
  gate = await gateOf(server)
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

const by = (address: string) => ({ 'x-forwarded-for': address })
/** A network that nobody else in this file has. */
const network = (): string =>
  `2001:db8:${randomBytes(2).readUInt16BE().toString(16)}:${randomBytes(2).readUInt16BE().toString(16)}`

/** A try on the page of a sign-in. */
const onPage = async ({ login, password }: Credentials, address: string): Promise<number> => {
  const agent = createAgent({ headers: by(address) })
  const { page } = await gate.open(agent)
  return (await agent.submit(page, '#submit-login', { login, password }, gate.stop)).status
}
const overRest = async ({ login: email, password }: Credentials, address: string): Promise<number> =>
  (await rest.post('/auth/login', { email, password }, by(address))).status

const ask = {
  page: async (email: string, address: string): Promise<Page> => {
    const agent = createAgent({ headers: by(address) })
    return agent.submit(await agent.get(`${server.issuer}/recover`), '#submit-recover', { email })
  },
  rest: (email: string, address: string) => rest.post('/auth/password/forgot', { email }, by(address)),
}

const count = (statuses: readonly number[], wanted: readonly number[]): number =>
  statuses.filter((status) => wanted.includes(status)).length

describe('wrong passwords', () => {
  it('X-26 C-20 are counted once for pages and REST together, known or not, and the right one waits as well', async () => {
    for (const person of [await beside.newcomer(), { login: 'nobody@example.com', password: WRONG }]) {
      const address = `${network()}::1`
      const wrong = { ...person, password: WRONG }
      const statuses = await parallel(40, (n) => (n % 2 ? onPage(wrong, address) : overRest(wrong, address)))
      expect(count(statuses, [401, 422])).toBe(20)
      expect(count(statuses, [429])).toBe(20)
      expect([await onPage(person, address), await overRest(person, address)]).toEqual([429, 429])
    }
  })

  it('C-20 C-21 in the forms of the console are counted with them', async () => {
    const person = await beside.newcomer()
    const address = `${network()}::1`
    const agent = createAgent({ headers: by(address) })
    const { page } = await atConsole(server, person, { agent, path: '/account/password' })
    await parallel(12, () => overRest({ ...person, password: WRONG }, address))
    const tries = await parallel(12, () =>
      agent.submit(page, '#submit-password', { current: WRONG, password: NEXT }),
    )
    expect(
      count(
        tries.map(({ status }) => status),
        [422],
      ),
    ).toBe(8)
    expect(await overRest(person, address)).toBe(429)
  })

  it.each([
    ['an address of the same /64', (net: string) => `${net}:1:2:3:4`],
    ['capital letters', (net: string) => `${net}::1`.toUpperCase()],
    ['more addresses before it', (net: string) => `203.0.113.9, ${net}::7`],
  ])('C-22 are counted for %s, on the page and over REST', async (_, other) => {
    const person = await beside.newcomer()
    const net = network()
    const wrong = { ...person, password: WRONG }
    await parallel(20, (n) => (n % 2 ? onPage(wrong, `${net}::1`) : overRest(wrong, `${net}::1`)))
    expect([await onPage(person, other(net)), await overRest(person, other(net))]).toEqual([429, 429])
    const elsewhere = `${network()}::1`
    expect([await overRest(person, elsewhere), await onPage(person, elsewhere)]).toEqual([200, 303])
  })

  it('C-22 are counted for an IPv4 address and its IPv6 form alike', async () => {
    const person = await beside.newcomer()
    const wrong = { ...person, password: WRONG }
    await parallel(20, (n) => overRest(wrong, n % 2 ? '198.51.100.7' : '::ffff:198.51.100.7'))
    for (const address of ['198.51.100.7', '::ffff:198.51.100.7', '::ffff:c633:6407'])
      expect([await onPage(person, address), await overRest(person, address)]).toEqual([429, 429])
  })

  it('C-23 are counted for the peer where the header is none, on the page and over REST', async () => {
    const person = await beside.newcomer()
    const wrong = { ...person, password: WRONG }
    const headers = ['a', '', 'unknown', '1.2.3', '_hidden', '[::1', `x, ${'y'.repeat(200)}`]
    await parallel(21, (n) => overRest(wrong, headers[n % headers.length] ?? ''))
    for (const header of headers)
      expect([header, await onPage(person, header), await overRest(person, header)]).toEqual([
        header,
        429,
        429,
      ])
  })

  it('C-22 are counted for every spelling of the name, and whatever else is sent', async () => {
    const person = await beside.newcomer()
    const address = `${network()}::1`
    const spellings = [
      person.login.toUpperCase(),
      ` ${person.login} `,
      person.login.replace('.com', '．ｃｏｍ'),
    ]
    const statuses = await parallel(24, (n) =>
      rest.post(
        '/auth/login',
        { email: spellings[n % 3], password: WRONG, address: `198.51.100.${n}`, ip: n, sub: String(n) },
        by(address),
      ),
    )
    expect(
      count(
        statuses.map(({ status }) => status),
        [401],
      ),
    ).toBe(20)
    expect([await onPage(person, address), await overRest(person, address)]).toEqual([429, 429])
  })

  it.each([
    '//auth/login',
    '/auth/login/',
    '/auth//login',
    '/auth/%6cogin',
    '/auth/login%2f',
    '/auth/login;x',
    '/AUTH/login',
    '/auth/./login',
  ])('C-22 C-37 pass no limit as %s, where nobody is signed in', async (path) => {
    const person = await beside.newcomer()
    const answer = await fetch(`${server.issuer}/`, { method: 'HEAD' })
    expect(answer.status).toBe(200)
    const { status, text } = await rawPost(path, { email: person.login, password: person.password })
    expect([404, 400]).toContain(status)
    expect(text).not.toContain('access_token')
  })
})

/** Sends the path as it is: `fetch` would put it straight. */
const rawPost = async (path: string, body: object): Promise<{ status: number; text: string }> => {
  const { request } = await import('node:http')
  const { port } = server
  return new Promise((resolve, reject) => {
    const headers = { 'content-type': 'application/json' }
    const sent = request({ host: '127.0.0.1', port, path, method: 'POST', headers }, (answer) => {
      let text = ''
      answer.on('data', (chunk: Buffer) => {
        text += chunk.toString()
      })
      answer.on('end', () => resolve({ status: answer.statusCode ?? 0, text }))
    })
    sent.on('error', reject)
    sent.end(JSON.stringify(body))
  })
}

describe('codes', () => {
  const withApp = async () => {
    const person = await beside.newcomer()
    return { person, ...(await beside.giveApp(person.login)) }
  }
  const challengeOf = async ({ login: email, password }: Credentials): Promise<unknown> =>
    (await rest.post('/auth/login', { email, password })).body.challenge

  it('X-25 C-19 are guessed five times by pages and REST together', async () => {
    const { person, app } = await withApp()
    const agent = createAgent()
    const { page } = await gate.code(agent, person)
    const challenge = await challengeOf(person)
    const guesses = await parallel(20, async (n) => {
      const code = String(100_000 + n * 7)
      if (n % 2) return (await rest.post('/auth/login/mfa', { challenge, code })).status
      return (await gate.post(agent, page, 'second-factor', { code })).status
    })
    expect(count(guesses, [401, 422])).toBe(5)
    expect(count(guesses, [429])).toBe(15)
    const code = app.code()
    expect((await gate.post(agent, page, 'second-factor', { code })).status).toBe(429)
    expect((await rest.post('/auth/login/mfa', { challenge, code })).status).toBe(429)
  })

  it('X-25 are taken once: not over REST what the page took, nor the other way round', async () => {
    const { person, app, codes } = await withApp()
    for (const [first, second] of [
      [app.code(), app.code()],
      [codes[0] ?? '', codes[1] ?? ''],
    ] as const) {
      const agent = createAgent()
      const { page } = await gate.code(agent, person)
      expect((await gate.post(agent, page, 'second-factor', { code: first })).location).toContain('code=')
      const replay = await rest.post('/auth/login/mfa', { challenge: await challengeOf(person), code: first })
      expect([replay.status, replay.body.code]).toEqual([401, 'wrong_code'])
      const taken = await rest.post('/auth/login/mfa', { challenge: await challengeOf(person), code: second })
      expect(taken.status).toBe(200)
      const again = createAgent()
      const asked = await gate.code(again, person)
      expect((await gate.post(again, asked.page, 'second-factor', { code: second })).status).toBe(422)
    }
  })
})

describe('letters and registrations', () => {
  it('X-26 C-22 are counted once for pages and REST together', async () => {
    const email = `${randomBytes(6).toString('hex')}@example.com`
    const statuses = await parallel(10, async (n) => {
      const address = `${network()}::1`
      return n % 2 ? (await ask.rest(email, address)).status : (await ask.page(email, address)).status
    })
    expect(count(statuses, [200, 202])).toBe(5)
    expect(count(statuses, [429])).toBe(5)
    const net = network()
    const made = await parallel(12, async (n) => {
      const person = { email: `${randomBytes(6).toString('hex')}@example.com`, password: NEXT }
      const headers = by(`${net}::${n}`)
      if (n % 2) return (await rest.post('/auth/register', person, headers)).status
      const agent = createAgent({ headers })
      const page = await agent.get(`${server.issuer}/register`)
      return (await agent.submit(page, '#submit-register', person)).status
    })
    expect(count(made, [200, 201])).toBe(6)
    expect(count(made, [429])).toBe(6)
  })

  it('X-26 that others ask for leave the owner a way to a new password', async () => {
    const person = await beside.newcomer()
    for (const path of ['/auth/email/resend', '/auth/password/forgot', '/auth/email/resend'])
      await parallel(10, () => rest.post(path, { email: person.login }, by(`${network()}::1`)))
    // Either another letter can be asked for, or one is there whose link works as long as none can be.
    const asked = await ask.rest(person.login, `${network()}::1`)
    expect(asked.status).toBe(429)
    expect(Number(asked.headers.get('retry-after'))).toBeLessThanOrEqual(30 * 60)
    const token = new URL(linkIn(await mails.next({ to: person.login, subject: RESET }))).searchParams.get(
      'token',
    )
    const changed = await rest.post('/auth/password/reset', { token, password: NEXT })
    expect(changed.status).toBe(204)
    expect(await overRest({ ...person, password: NEXT }, `${network()}::1`)).toBe(200)
  })

  it('X-26 of other kinds do not keep the owner from the letter for a new password', async () => {
    const person = await beside.newcomer()
    const { agent, page } = await atConsole(server, await beside.newcomer(), { path: '/account/email' })
    await parallel(20, () => rest.post('/auth/email/resend', { email: person.login }, by(`${network()}::1`)))
    await agent.submit(page, '#submit-email', { email: person.login })
    expect((await ask.rest(person.login, `${network()}::1`)).status).toBe(202)
    expect((await mails.next({ to: person.login, subject: RESET })).to).toEqual([person.login])
  })
})
