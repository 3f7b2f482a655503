import { afterAll, beforeAll, expect, it } from 'vitest'
import { kim, startSubject } from '../flows/subject.ts'
import type { Agent, Page } from '../support/browserless.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, csrfOn } from './attacker.ts'

let server: RunningServer
let evil: Attacker

beforeAll(async () => {
  server = await startSubject()
  evil = attacker(server)
})
afterAll(() => server?.stop())

const NEWCOMER = { email: 'planted@example.com', password: 'a quiet stone by the river' }
const steps: [string, Record<string, string>][] = [
  ['sign-in', { login: kim.login, password: kim.password }],
  ['register', NEWCOMER],
  ['consent', { decision: 'allow' }],
  ['cancel', {}],
]

/** What a page of another site, or a program without a browser, would send. */
const strangers: Record<string, string>[] = [
  { origin: 'https://evil.example' },
  { origin: 'http://localhost:4700' },
  { origin: 'null' },
  { origin: '' },
  { 'sec-fetch-site': 'cross-site' },
  { 'sec-fetch-site': 'same-site' },
  { 'sec-fetch-site': 'none' },
]

/** Fetch Metadata of our own page that an old browser would not send is taken away with the Origin. */
const from = (stranger: Record<string, string>): Record<string, string> =>
  'origin' in stranger ? { 'sec-fetch-site': '', ...stranger } : stranger

const expectUntouched = async (agent: Agent, page: Page): Promise<void> => {
  expect((await agent.get(page.url)).has('#submit-login')).toBe(true)
  expect(agent.cookies.find('gatehouse_session')).toBeUndefined()
}

it.each(steps)('X-22, N-52 refuses the step %s when another site sends its form', async (step, fields) => {
  const agent = evil.browser()
  const page = await evil.ask(agent)
  for (const stranger of strangers) {
    const answer = await evil.answer(agent, page, step, fields, { headers: from(stranger) })
    expect([stranger, answer.status]).toEqual([stranger, 403])
  }
  await expectUntouched(agent, page)
})

it.each(steps)(
  'X-22, N-52 refuses the step %s without the token of its interaction',
  async (step, fields) => {
    const agent = evil.browser()
    const page = await evil.ask(agent)
    const own = csrfOn(page)
    const another = csrfOn(await evil.ask(evil.browser()))
    const registration = csrfOn(await agent.get(`${server.issuer}/register`))
    for (const csrf of ['', another, registration, own.slice(1), own.toUpperCase(), `${own}x`]) {
      const answer = await evil.answer(agent, page, step, { ...fields, csrf })
      expect([csrf, answer.status]).toEqual([csrf, 403])
    }
    await expectUntouched(agent, page)
  },
)

it('X-22, N-52 refuses a registration that another site sends, or that lacks the token of this browser', async () => {
  const agent = evil.browser()
  const url = `${server.issuer}/register`
  const csrf = csrfOn(await agent.get(url))
  const own = { origin: server.issuer }
  const send = (by: Agent, token: string, headers: Record<string, string>): Promise<Page> =>
    by.post(url, { ...NEWCOMER, csrf: token }, { headers })
  for (const stranger of strangers) expect((await send(agent, csrf, from(stranger))).status).toBe(403)
  const another = csrfOn(await evil.browser().get(url))
  for (const token of ['', another]) expect((await send(agent, token, own)).status).toBe(403)
  // A good token, but not the cookie that it was made for.
  expect((await send(evil.browser(), csrf, own)).status).toBe(403)
  expect((await send(agent, csrf, own)).url).toBe(`${url}/done`)
})
