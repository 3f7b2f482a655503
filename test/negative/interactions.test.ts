import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kim, shop, startSubject } from '../flows/subject.ts'
import type { Agent, Page } from '../support/browserless.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, authorizationRequest, STAY } from './attacker.ts'
import { expectErrorPage, MARKUP } from './sound.ts'

let server: RunningServer
let evil: Attacker

beforeAll(async () => {
  server = await startSubject()
  evil = attacker(server)
})
afterAll(() => server?.stop())

const HINT = 'somebody@example.com'
const SIGN_IN = { login: kim.login, password: kim.password }
const steps: [string, Record<string, string>][] = [
  ['sign-in', SIGN_IN],
  ['register', { email: 'new@example.com', password: 'a quiet stone by the river' }],
  ['consent', { decision: 'allow' }],
  ['cancel', {}],
]
const TO_SHOP = { stopAt: shop.redirectUri }

const resumeOf = (page: Page): string => page.url.replace('/interaction/', '/oauth2/authorize/')
const silently = (headers: Record<string, string>): Promise<Page> =>
  evil.get(`/oauth2/authorize?${new URLSearchParams(authorizationRequest({ prompt: 'none' }))}`, headers)

/** "Start again", and nothing of the flow. */
const expectNothingOf = (page: Page): void => {
  expectErrorPage(page, 'start_again')
  expect(page.html).not.toContain('Harbor')
  expect(page.html).not.toContain(HINT)
}

it('X-23, C-26 shows nothing of an interaction to another browser, and takes no answer from it', async () => {
  const victim = evil.browser()
  const page = await evil.ask(victim, { login_hint: HINT })
  const busy = evil.browser()
  await evil.ask(busy)
  for (const thief of [evil.browser(), busy]) {
    expectNothingOf(await thief.get(page.url))
    expectNothingOf(await thief.get(`${page.url}/register`))
    for (const [step, fields] of steps) expectNothingOf(await evil.answer(thief, page, step, fields))
    expectErrorPage(await thief.get(resumeOf(page), STAY), 'invalid_request')
  }
  expect((await victim.get(page.url)).has('#submit-login')).toBe(true)
})

it('X-23 opens no interaction with the cookie of another one', async () => {
  const [own, other] = [evil.browser(), evil.browser()]
  const { url } = await evil.ask(own)
  const page = await evil.ask(other)
  const cookie = own.cookies.header(new URL(url)) ?? ''
  expectNothingOf(await evil.get(new URL(page.url).pathname, { cookie }))
  const answer = await evil.answer(evil.browser(), page, 'sign-in', SIGN_IN, { headers: { cookie } })
  expectNothingOf(answer)
})

it('C-26 takes no consent from another browser, even with the token of the page', async () => {
  const victim = evil.browser()
  const page = await victim.submit(await evil.ask(victim), '#submit-login', SIGN_IN)
  expect(page.has('#allow')).toBe(true)
  const thief = evil.browser()
  await evil.code(thief)
  expectNothingOf(await evil.answer(thief, page, 'consent', { decision: 'allow' }))
  expect((await victim.get(page.url)).has('#allow')).toBe(true)
})

it('X-23 shows nothing of an interaction that is finished, unknown or malformed', async () => {
  const agent = evil.browser()
  const page = await evil.ask(agent)
  await agent.submit(page, '#cancel', {}, TO_SHOP)
  expectNothingOf(await agent.get(page.url))
  expectErrorPage(await agent.get(resumeOf(page), STAY), 'invalid_request')
  for (const uid of ['unknown', '%00', '%E0%A4%A', '..%2f..%2f', MARKUP, 'x'.repeat(8000)])
    expectNothingOf(await agent.get(`${server.issuer}/interaction/${uid}`))
})

it('X-23 keeps two tabs of one browser apart', async () => {
  const agent = evil.browser()
  const first = await evil.ask(agent)
  const second = await evil.ask(agent, { state: 'of-the-second' })
  expect((await agent.submit(second, '#cancel', {}, TO_SHOP)).location).toContain('state=of-the-second')
  expect((await agent.submit(first, '#cancel', {}, TO_SHOP)).location).toContain('state=the-state')
})

const TEMPTING = {
  response_type: 'token',
  redirect_uri: 'https://evil.example/callback',
  client_id: 'own',
  scope: 'openid email offline_access',
  prompt: 'none',
  response_mode: 'fragment',
  sub: 'admin',
  uid: 'another',
  state: 'forged',
}

it('C-09 keeps to what was asked, whatever fields and parameters come later', async () => {
  const agent = evil.browser()
  const query = new URLSearchParams(TEMPTING)
  const asked = await evil.ask(agent, { prompt: 'consent' })
  const page = await evil.answer(agent, asked, `sign-in?${query}`, { ...TEMPTING, ...SIGN_IN })
  expect(page.select('[data-scope]').map(({ attributes }) => attributes['data-scope'])).toEqual(['openid'])
  const allow = { ...TEMPTING, decision: 'allow' }
  expect((await evil.answer(agent, page, `consent?${query}`, allow, STAY)).location).toBe(page.url)
  const resume = (await agent.get(`${page.url}?${query}`, STAY)).location
  const answer = await agent.get(`${resume}?${query}`, TO_SHOP)
  const { origin, pathname, searchParams, hash } = new URL(answer.location ?? '')
  expect([origin + pathname, hash, searchParams.get('state')]).toEqual([shop.redirectUri, '', 'the-state'])
  const { scope } = JSON.parse((await evil.redeem(searchParams.get('code') ?? '')).html)
  expect(scope).toBe('openid')
})

/** The cookies for this URL, one of them changed. */
const forged = (agent: Agent, url: string, name: string, change: (value: string) => string) => {
  const cookies = agent.cookies.header(new URL(url))?.split('; ') ?? []
  const changed = cookies.map((cookie) =>
    cookie.startsWith(`${name}=`) ? `${name}=${change(cookie.slice(name.length + 1))}` : cookie,
  )
  return { cookie: changed.join('; ') }
}
const changes: ((value: string) => string)[] = [
  (value) => value.slice(1),
  (value) => `${value}x`,
  (value) => value.replace(/.$/, (last) => (last === 'A' ? 'B' : 'A')),
  () => 'x',
  () => '',
]

it.each(['gatehouse_interaction', 'gatehouse_interaction.sig'])(
  'C-09 shows nothing to a browser that changed %s',
  async (name) => {
    const agent = evil.browser()
    const { url } = await evil.ask(agent)
    for (const change of changes)
      expectNothingOf(await evil.get(new URL(url).pathname, forged(agent, url, name, change)))
  },
)

it.each(['gatehouse_resume', 'gatehouse_resume.sig'])(
  'C-09 does not go on with a browser that changed %s',
  async (name) => {
    const agent = evil.browser()
    const url = resumeOf(await evil.ask(agent))
    for (const change of changes) {
      const page = await evil.get(new URL(url).pathname, forged(agent, url, name, change))
      expectErrorPage(page, 'invalid_request')
    }
  },
)

it.each(['gatehouse_session', 'gatehouse_session.sig'])('C-09 takes a changed %s for none', async (name) => {
  const agent = evil.browser()
  await evil.code(agent)
  const same = forged(agent, server.issuer, name, (value) => value)
  expect((await silently(same)).location).toContain('code=')
  for (const change of changes)
    expect((await silently(forged(agent, server.issuer, name, change))).location).toContain('login_required')
})

describe('C-30, N-34 the session of a browser', () => {
  const sessionOf = (agent: Agent): string | undefined => agent.cookies.find('gatehouse_session')?.value

  it('C-30 is never the one that somebody planted there before', async () => {
    const attackers = evil.browser()
    await evil.code(attackers)
    const planted = attackers.cookies.all().filter(({ name }) => name.startsWith('gatehouse_session'))
    const pairs = planted.map(({ name, value }) => `${name}=${value}`)
    const victim = evil.browser()
    const lines = pairs.map((pair) => `${pair}; path=/`)
    victim.cookies.take(new URL(server.issuer), lines)
    await evil.code(victim, { prompt: 'login consent' })
    expect(sessionOf(victim)).not.toBe(sessionOf(attackers))
    expect((await silently({ cookie: pairs.join('; ') })).location).toContain('login_required')
  })

  it('C-30 is never one that nobody made', async () => {
    const agent = evil.browser()
    agent.cookies.take(new URL(server.issuer), ['gatehouse_session=chosen-by-somebody; path=/'])
    await evil.code(agent)
    expect(sessionOf(agent)).not.toBe('chosen-by-somebody')
  })

  it('C-30 stays what it was when a new sign-in is cancelled', async () => {
    const agent = evil.browser()
    const claims = async (): Promise<Record<string, unknown>> => {
      const { id_token: token } = await evil.tokens(agent, { max_age: '1000' })
      return JSON.parse(Buffer.from(token.split('.')[1] ?? '', 'base64url').toString())
    }
    const { sub, auth_time: at } = await claims()
    const page = await evil.ask(agent, { prompt: 'login' })
    expect((await agent.submit(page, '#cancel', {}, TO_SHOP)).location).toContain('error=access_denied')
    expect(await claims()).toMatchObject({ sub, auth_time: at })
  })
})
