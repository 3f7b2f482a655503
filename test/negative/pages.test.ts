import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { kim, shop, startSubject } from '../flows/subject.ts'
import type { Page } from '../support/browserless.ts'
import type { RunningServer } from '../support/server.ts'
import { type Attacker, attacker, authorizationRequest, STAY } from './attacker.ts'
import { MARKUP } from './sound.ts'

let server: RunningServer
let evil: Attacker

beforeAll(async () => {
  server = await startSubject()
  evil = attacker(server)
})
afterAll(() => server?.stop())

const SIGN_IN = { login: kim.login, password: kim.password }

/** Every kind of page, each as a browser comes to it. */
const everyPage = async (): Promise<Record<string, Page>> => {
  const agent = evil.browser()
  const url = (path: string): string => server.issuer + path
  const signIn = await evil.ask(agent, { prompt: 'consent login' })
  const registerIn = await agent.follow(signIn, '#to-register')
  const refused = await agent.submit(signIn, '#submit-login', { ...SIGN_IN, password: 'wrong' })
  const consent = await agent.submit(refused, '#submit-login', SIGN_IN)
  const formPost = new URLSearchParams(authorizationRequest({ response_mode: 'form_post', prompt: 'none' }))
  await agent.submit(consent, '#allow', {}, { stopAt: shop.redirectUri })
  return {
    signIn,
    registerIn,
    refused,
    consent,
    formPost: await agent.get(url(`/oauth2/authorize?${formPost}`)),
    logout: await agent.get(url('/oauth2/logout')),
    logoutWithoutSession: await evil.get('/oauth2/logout'),
    loggedOut: await evil.get('/oauth2/logout/success'),
    landing: await evil.get('/'),
    register: await evil.get('/register'),
    registered: await evil.get('/register/done'),
    playground: await evil.get('/playground'),
    oauthError: await evil.get('/oauth2/authorize'),
    notFound: await evil.get('/no-such-page'),
    startAgain: await evil.get('/interaction/unknown'),
    wrongMethod: await evil.post('/playground', {}, undefined, { accept: 'text/html' }),
    csrf: await evil.post('/register', {}, undefined, { accept: 'text/html' }),
    tooLarge: await evil.post('/oauth2/logout/confirm', 'x'.repeat(60_000), undefined, {
      accept: 'text/html',
      origin: server.issuer,
    }),
  }
}

/** Sources of a directive of the Content-Security-Policy. */
const policyOf = (page: Page): Record<string, string[]> =>
  Object.fromEntries(
    String(page.headers['content-security-policy'])
      .split(';')
      .map((directive) => directive.trim().split(' '))
      .map(([name = '', ...sources]) => [name, sources]),
  )

describe('every page', () => {
  let pages: [string, Page][]
  beforeAll(async () => {
    pages = Object.entries(await everyPage())
  })

  it('N-14 is HTML, and refuses to be framed', () => {
    for (const [name, page] of pages) {
      expect([name, page.headers['content-type']]).toEqual([name, 'text/html; charset=utf-8'])
      expect([name, page.headers['x-frame-options']]).toEqual([name, 'DENY'])
      expect([name, policyOf(page)['frame-ancestors']]).toEqual([name, ["'none'"]])
    }
  })

  it('N-16 loads nothing from elsewhere, and nothing that is written into it', () => {
    for (const [name, page] of pages) {
      const {
        'default-src': rest,
        'script-src': scripts,
        'style-src': styles,
        'base-uri': base,
      } = policyOf(page)
      expect([name, rest, styles, base]).toEqual([name, ["'none'"], ["'self'"], ["'none'"]])
      const extra = scripts?.filter((source) => source !== "'self'" && !source.startsWith("'sha256-"))
      expect([name, extra]).toEqual([name, []])
      const loaded = ['img', 'script', 'iframe', 'source', 'audio', 'video', 'object', 'embed'].flatMap(
        (tag) => page.select(tag).map(({ attributes }) => attributes.src ?? attributes.data ?? ''),
      )
      const linked = page.select('link').map(({ attributes }) => attributes.href ?? '')
      for (const address of [...loaded, ...linked].filter(Boolean))
        expect(address, name).toMatch(/^\/assets\//)
      expect(page.html, name).not.toMatch(/ style=| on[a-z]+="/)
    }
  })

  it('N-16 tells no other site where the person came from', () => {
    for (const [name, page] of pages) {
      expect(page.headers['referrer-policy'], name).toBeOneOf(['same-origin', 'no-referrer'])
      if (page.select('form').some(({ attributes }) => attributes.action?.startsWith('/')))
        expect([name, page.headers['referrer-policy']]).toEqual([name, 'same-origin'])
    }
  })

  it('N-20 is kept by nobody', () => {
    for (const [name, page] of pages)
      expect([name, page.headers['cache-control']]).toEqual([name, 'no-store'])
  })

  it('shows no password again', () => {
    for (const [name, page] of pages)
      for (const field of page.select('input[type=password]'))
        expect([name, field.attributes.value]).toEqual([name, undefined])
  })
})

it('N-12 answers every POST that did something with 303', async () => {
  const agent = evil.browser()
  const page = await evil.ask(agent, { prompt: 'login consent' })
  const registration = await agent.get(`${server.issuer}/register`)
  const newcomer = { email: 'n12@example.com', password: 'a quiet stone by the river' }
  const signedIn = await evil.answer(agent, page, 'sign-in', SIGN_IN, STAY)
  const consent = await agent.get(signedIn.location ?? '')
  const answers = {
    signIn: signedIn,
    signInAgain: await evil.answer(agent, consent, 'sign-in', SIGN_IN, STAY),
    consent: await evil.answer(agent, consent, 'consent', { decision: 'allow' }, STAY),
    cancel: await cancelled(),
    registerIn: await registered(newcomer),
    register: await agent.submit(
      registration,
      '#submit-register',
      { ...newcomer, email: 'other@example.com' },
      STAY,
    ),
    logout: await loggedOut('#logout-yes'),
    noLogout: await loggedOut('#logout-no'),
  }
  for (const [name, answer] of Object.entries(answers)) {
    expect([name, answer.status]).toEqual([name, 303])
    expect([name, answer.headers['cache-control']]).toEqual([name, 'no-store'])
  }
})

const cancelled = async (): Promise<Page> => {
  const agent = evil.browser()
  return agent.submit(await evil.ask(agent), '#cancel', {}, STAY)
}

const registered = async (newcomer: Record<string, string>): Promise<Page> => {
  const agent = evil.browser()
  const page = await agent.follow(await evil.ask(agent), '#to-register')
  return agent.submit(page, '#submit-register', newcomer, STAY)
}

const loggedOut = async (button: string): Promise<Page> => {
  const agent = evil.browser()
  await evil.code(agent)
  return agent.submit(await agent.get(`${server.issuer}/oauth2/logout`), button, {}, STAY)
}

it('shows markup from outside as text, in every place that shows something again', async () => {
  const agent = evil.browser()
  const page = await evil.ask(agent, { login_hint: MARKUP, ui_locales: MARKUP, state: MARKUP })
  expect(page.select('input[name=login]')[0]?.attributes.value).toBe(MARKUP)
  const refused = await evil.answer(agent, page, 'sign-in', { login: MARKUP, password: MARKUP })
  expect(refused.select('input[name=login]')[0]?.attributes.value).toBe(MARKUP)
  const registration = await agent.follow(page, '#to-register')
  const again = await agent.submit(registration, '#submit-register', {
    email: MARKUP,
    name: MARKUP,
    password: MARKUP,
  })
  expect(again.select('input[name=name]')[0]?.attributes.value).toBe(MARKUP)
  for (const path of [
    `/${MARKUP}`,
    `/oauth2/authorize?client_id=${MARKUP}`,
    `/register?lang=${MARKUP}`,
    `/oauth2/logout?state=${MARKUP}`,
  ])
    expect((await evil.get(encodeURI(path))).html).not.toContain('<x-markup')
})

it('N-CSP lets forms end elsewhere only where a sign-in may lead to an application', async () => {
  const { signIn, registerIn, consent, logout, register, landing } = await everyPage()
  const policies = (pages: (Page | undefined)[]): string[] =>
    pages.map((page) => String(page?.headers['content-security-policy']))
  for (const policy of policies([signIn, registerIn, consent, logout]))
    expect(policy).not.toContain('form-action')
  for (const policy of policies([register, landing])) expect(policy).toContain("form-action 'self'")
})
