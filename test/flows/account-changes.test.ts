import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { digest } from '../../src/domain/digest.ts'
import { type Agent, createAgent, type Page } from '../support/browserless.ts'
import { linkIn, type MailFiles, mailFiles } from '../support/mail-files.ts'
import type { RunningServer } from '../support/server.ts'
import { atConsole, signIn } from './at-console.ts'
import { storeBeside } from './beside.ts'
import { type Beside, openBeside } from './factors-beside.ts'
import { startSubject } from './subject.ts'

let server: RunningServer
let beside: Beside
let mail: MailFiles

beforeAll(async () => {
  server = await startSubject({
    env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1', LIMIT_SIGN_IN_PREFIX: '1000' },
  })
  beside = await openBeside(server)
  mail = mailFiles(server)
})
afterAll(async () => {
  await beside?.close()
  await server?.stop()
})

const NEW_PASSWORD = 'silver gulls above the mole'
const isGate = (page: Page): boolean => page.has('#submit-login')
const at = (agent: Agent, path: string): Promise<Page> => agent.get(server.issuer + path)

describe('a password', () => {
  it('C-25 is changed where the present one is typed; this visit goes on, and every other one is over', async () => {
    const person = await beside.newcomer()
    const { agent, page } = await atConsole(server, person, { path: '/account/password' })
    const elsewhere = (await atConsole(server, person)).agent
    const done = await agent.submit(page, '#submit-password', {
      current: person.password,
      password: NEW_PASSWORD,
    })
    expect([done.status, done.url]).toEqual([200, `${server.issuer}/account/security`])
    expect(done.text('[role=status]')).toMatch(/^Your password is changed/)
    await expect.poll(async () => isGate(await at(elsewhere, '/account')), { timeout: 1_000 }).toBe(true)
    expect((await mail.next({ to: person.login })).text).toContain('/account/security')
    const { page: anew } = await atConsole(server, { ...person, password: NEW_PASSWORD })
    expect(anew.text('main')).toContain(person.login)
  })

  it('stays where the present one is wrong, or the new one no good', async () => {
    const person = await beside.newcomer()
    const { agent, page } = await atConsole(server, person, { path: '/account/password' })
    const tried = async (current: string, password: string, fault: string) => {
      const answer = await agent.submit(page, '#submit-password', { current, password })
      expect([answer.status, answer.has(fault), answer.html.includes(password)]).toEqual([422, true, false])
    }
    await tried('not the password', NEW_PASSWORD, '#current-fault')
    await tried(person.password, 'too short', '#password-fault')
    await atConsole(server, person)
  })

  it('X-26 is guessed as often as at a sign-in, and no more', async () => {
    const person = await beside.newcomer()
    const { agent, page } = await atConsole(server, person, { path: '/account/password' })
    const fields = { current: 'not the password', password: NEW_PASSWORD }
    const answers = await Promise.all(
      Array.from({ length: 40 }, () => agent.submit(page, '#submit-password', fields)),
    )
    const statuses = answers.map(({ status }) => status)
    expect([...new Set(statuses)].sort()).toEqual([422, 429])
    expect(statuses.filter((status) => status === 422).length).toBeLessThanOrEqual(20)
    const refused = answers.find(({ status }) => status === 429)
    expect([refused?.has('#submit-password'), Number(refused?.headers['retry-after']) > 0]).toEqual([
      true,
      true,
    ])
  })
})

/** Makes a sign-in look older than it is: that of the visit, and that of the browser session where wanted. */
const age = async (agent: Agent, seconds: number, { session }: { session: boolean }): Promise<void> => {
  const store = await storeBeside(server)
  const older = async (model: string, key: string, member: string) => {
    const found = await store.artifacts.find(model, key)
    if (!found) throw new Error(`no ${model}`)
    const payload = { ...found.payload, [member]: Number(found.payload[member]) - seconds }
    await store.artifacts.put({ ...found, payload })
    return found.payload
  }
  const id = agent.cookies.find('gatehouse_account')?.value ?? ''
  const { sessionUid } = await older('ConsoleSession', digest(id), 'authTime')
  if (session) await older('Session', digest(String(sessionUid)), 'loginTs')
  await store.close()
  // What the server of this machine has in memory it reads again within a second of a change beside it.
  await sleep(1_100)
}

describe('ASVS 7.5.1 before a sensitive change', () => {
  it('an old sign-in is asked for again, and leads back to the page', async () => {
    const person = await beside.newcomer()
    const { agent } = await atConsole(server, person)
    await age(agent, 700, { session: true })
    expect((await at(agent, '/account/profile')).status).toBe(200)
    for (const path of ['/account/email', '/account/leave']) {
      const gate = await agent.get(server.issuer + path)
      expect([path, isGate(gate)]).toEqual([path, true])
      const page = await signIn(agent, gate, person)
      expect([page.status, page.url]).toEqual([200, server.issuer + path])
      await age(agent, 700, { session: true })
    }
  })

  it('a browser session that was proven again meanwhile is enough', async () => {
    const person = await beside.newcomer()
    const { agent } = await atConsole(server, person)
    await age(agent, 700, { session: false })
    expect((await at(agent, '/account/email')).url).toBe(`${server.issuer}/account/email`)
  })

  it('a form that comes too late changes nothing, and says so on its page', async () => {
    const person = await beside.newcomer()
    const { agent, page } = await atConsole(server, person, { path: '/account/leave' })
    await age(agent, 700, { session: true })
    const gate = await agent.submit(page, '#submit-leave', { confirm: person.login })
    expect(isGate(gate)).toBe(true)
    const again = await signIn(agent, gate, person)
    expect([again.url, again.text('[role=status]')]).toEqual([
      `${server.issuer}/account/leave`,
      expect.stringMatching(/^Nothing was changed yet/),
    ])
    expect((await beside.find(person.login)).deletion).toBeUndefined()
  })

  it('a second factor that was set up since the sign-in is asked for', async () => {
    const person = await beside.newcomer()
    const { agent } = await atConsole(server, person)
    const { app } = await beside.giveApp(person.login)
    await sleep(1_100)
    let page = await at(agent, '/account/email')
    expect(page.url).toContain('/interaction/')
    page = await signIn(agent, page, person)
    page = await agent.submit(page, '#submit-code', { code: app.code() })
    expect([page.status, page.url]).toEqual([200, `${server.issuer}/account/email`])
    expect((await at(agent, '/account/leave')).url).toBe(`${server.issuer}/account/leave`)
  })
})

describe('an address', () => {
  it('changes when the letter to the new one is answered by who is signed in', async () => {
    const person = await beside.newcomer()
    const { agent, page } = await atConsole(server, person, { path: '/account/email' })
    const email = `new-${person.login}`
    const sent = await agent.submit(page, '#submit-email', { email })
    expect(sent.text('[role=status]')).toMatch(/^A letter is on its way/)
    expect((await beside.find(person.login)).email).toBe(person.login)
    const link = linkIn(await mail.next({ to: email }))
    expect(link.startsWith(`${server.issuer}/account/address?token=`)).toBe(true)
    const confirm = await agent.get(link)
    const button = confirm.select('button').find(({ attributes }) => attributes.id?.startsWith('submit'))
    await agent.submit(confirm, `#${button?.attributes.id}`)
    expect((await at(agent, '/account')).text('main')).toContain(email)
  })

  it('gives the same answer for one that another account has', async () => {
    const [person, other] = [await beside.newcomer(), await beside.newcomer()]
    const { agent, page } = await atConsole(server, person, { path: '/account/email' })
    const sent = await agent.submit(page, '#submit-email', { email: other.login })
    expect([sent.status, sent.text('[role=status]')]).toEqual([
      200,
      expect.stringMatching(/^A letter is on its way/),
    ])
    expect((await mail.next({ to: other.login })).text).not.toContain('/account/address')
  })
})

describe('the end of an account', () => {
  it('wants the address typed, ends the visit, and is taken back by the letter, once', async () => {
    const person = await beside.newcomer()
    const { agent, page } = await atConsole(server, person, { path: '/account/leave' })
    const mistyped = await agent.submit(page, '#submit-leave', { confirm: `x${person.login}` })
    expect([mistyped.status, mistyped.has('#confirm-fault')]).toEqual([422, true])
    const left = await agent.submit(mistyped, '#submit-leave', { confirm: person.login.toUpperCase() })
    expect([left.url, left.text('body')]).toEqual([
      `${server.issuer}/account/left`,
      expect.stringContaining('14 days'),
    ])
    expect(isGate(await at(agent, '/account'))).toBe(true)
    const link = linkIn(await mail.next({ to: person.login }))
    const reader = createAgent()
    const offer = await reader.get(link)
    expect((await beside.find(person.login)).deletion).toBeDefined()
    const kept = await reader.submit(offer, '#submit-restore')
    expect([kept.url, kept.has('[role=status]')]).toEqual([`${server.issuer}/account/restore/done`, true])
    expect((await beside.find(person.login)).deletion).toBeUndefined()
    expect((await reader.get(link)).status).toBe(400)
    expect((await reader.submit(offer, '#submit-restore')).status).toBe(400)
  })

  it('X-30 is not taken back by a link that is none, without the token of the browser, or from elsewhere', async () => {
    const agent = createAgent()
    for (const query of ['', '?token=', `?token=${'x'.repeat(43)}`, '?token=a&token=b', '?token[$ne]=x']) {
      expect((await at(agent, `/account/restore${query}`)).status).toBe(400)
    }
    const answer = await agent.post(`${server.issuer}/account/restore`, { token: 'x'.repeat(43) })
    expect(answer.status).toBe(403)
  })
})

it('gives a person all that is stored about them as a file, without anything that would let its reader in', async () => {
  const person = await beside.newcomer()
  const { agent, page } = await atConsole(server, person)
  const file = await agent.submit(page, '#download')
  expect(file.headers).toMatchObject({
    'content-type': 'application/json; charset=utf-8',
    'content-disposition': 'attachment; filename="gatehouse-account.json"',
    'cache-control': 'no-store',
  })
  expect(JSON.parse(file.html)).toMatchObject({ account: { email: person.login } })
  expect(file.html).not.toMatch(/argon2|gatehouse_account/)
})

describe('the log of an account', () => {
  it('shows its own events, fifty on a page, the newest first, and nobody else’s', async () => {
    const person = await beside.newcomer()
    const { sub } = await beside.find(person.login)
    const store = await storeBeside(server)
    const now = Date.now()
    for (let n = 0; n < 60; n++) {
      const id = `${(now - n).toString(16).padStart(12, '0')}${'0'.repeat(22)}`
      const type = n === 5 ? 'of.a.newer.release' : 'email.verified'
      await store.audit.append({
        id,
        at: now - n,
        type,
        sub,
        actor: undefined,
        clientId: n === 6 ? '<b>shop</b>' : undefined,
        address: '192.0.2.7',
        detail: n === 7 ? { device: 'Kim\u202e<img>' } : {},
      })
    }
    await store.close()
    const { agent, page } = await atConsole(server, person, { path: '/account/activity' })
    expect(page.select('time')).toHaveLength(50)
    const times = page.select('time').map(({ attributes }) => attributes.datetime ?? '')
    expect(times).toEqual(times.toSorted().toReversed())
    expect(page.text('main')).toMatch(/Security event.*192\.0\.2\.7/)
    expect([page.has('b'), page.has('img'), page.html.includes('\u202e')]).toEqual([false, false, false])
    const older = await agent.follow(page, '#older')
    expect(older.select('time').length).toBeGreaterThanOrEqual(10)
    expect(older.has('#older')).toBe(false)
    expect((await agent.follow(older, '#newest')).url).toBe(`${server.issuer}/account/activity`)
    const { page: other } = await atConsole(server, await beside.newcomer(), { path: '/account/activity' })
    expect(other.html).not.toContain('192.0.2.7')
  })

  it('X-20 takes no position that is none', async () => {
    const { agent } = await atConsole(server, await beside.newcomer())
    for (const query of [
      'before=',
      'before=x',
      'before[$ne]=x',
      'before=1&before=2',
      `before=${'0'.repeat(35)}`,
    ]) {
      const { status } = await at(agent, `/account/activity?${query}`)
      expect([query, status]).toEqual([query, query.includes('[') ? 200 : 400])
    }
    const none = await at(agent, `/account/activity?before=${'0'.repeat(34)}`)
    expect([none.status, none.text('main')]).toEqual([200, expect.stringContaining('nothing older')])
  })
})
