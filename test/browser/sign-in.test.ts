import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { authorizationUrl } from '../../scripts/gallery/site.ts'
import { type Browser, it, startChromium } from '../support/chromium.ts'
import { type RunningServer, startServer } from '../support/server.ts'
import { openStation, type Station } from './stations.ts'

const kim = { login: 'kim@example.com', password: 'amber lantern on the quay' }
const lou = { login: 'lou@example.com', password: 'violet harbour at nightfall' }
const APP_SCHEME = 'com.example.shop:/callback'
let server: RunningServer
let browser: Browser
let app: Station
let end: Station

beforeAll(async () => {
  end = await openStation('localhost', () => undefined)
  app = await openStation('127.0.0.1', (parameters, path) => `${end.origin}${path}/end?${parameters}`)
  const client = {
    token_endpoint_auth_method: 'none',
    redirect_uris: [`${app.origin}/callback`],
    post_logout_redirect_uris: [`${app.origin}/bye`],
  }
  const clients = [
    { ...client, client_id: 'shop' },
    { ...client, client_id: 'own', first_party: true },
    {
      ...client,
      client_id: 'phone',
      application_type: 'native',
      redirect_uris: [APP_SCHEME],
      post_logout_redirect_uris: [],
    },
  ]
  const accounts = [kim, lou].map(({ login: email, password }) => ({ email, password, email_verified: true }))
  browser = await startChromium()
  server = await startServer({ seed: { clients, accounts } })
})
afterAll(async () => {
  await browser?.close()
  await Promise.all([server?.stop(), app?.close(), end?.close()])
})

const ask = (clientId: string, parameters: Record<string, string> = {}): string =>
  authorizationUrl(server.issuer, { clientId, redirectUri: `${app.origin}/callback` }, parameters)

const signIn = async (page: Page, { login, password } = kim): Promise<void> => {
  await page.fill('[name=login]', login)
  await page.fill('[name=password]', password)
  await page.click('#submit-login')
}
const arrival = async (page: Page, path = '/callback/end'): Promise<Record<string, string>> => {
  await page.waitForURL(`${end.origin}${path}?*`)
  return Object.fromEntries(new URL(page.url()).searchParams)
}

describe.each([
  ['with JavaScript', true],
  ['without JavaScript', false],
])('N-CSP-1 %s, in a browser that watches over every redirect', (_, javaScriptEnabled) => {
  const open = () => browser.open({ javaScriptEnabled })

  it('a sign-in and a consent end where the application sends the person on', async () => {
    const { page, complaints } = await open()
    await page.goto(ask('shop', { prompt: 'consent' }))
    await signIn(page)
    await page.click('#allow')
    expect(await arrival(page)).toMatchObject({ code: expect.any(String), iss: server.issuer })
    expect(complaints()).toEqual([])
  })

  it('so does a sign-in that needs no consent', async () => {
    const { page, complaints } = await open()
    await page.goto(ask('own'))
    await signIn(page)
    expect(await arrival(page)).toHaveProperty('code')
    expect(complaints()).toEqual([])
  })

  it('so does the answer in a form that the page sends (response_mode=form_post)', async () => {
    const { page, complaints } = await open()
    await page.goto(ask('own', { response_mode: 'form_post' }))
    await signIn(page)
    if (!javaScriptEnabled) await page.click('noscript button')
    expect(await arrival(page)).toHaveProperty('code')
    expect(app.visits().at(-1)).toBe('POST /callback')
    expect(complaints()).toEqual([])
  })

  it('so does the sign-in of another person, whose form in between ends the session of the first', async () => {
    const { page, complaints } = await open()
    await page.goto(ask('own'))
    await signIn(page)
    await arrival(page)
    await page.goto(ask('own', { prompt: 'login' }))
    await signIn(page, lou)
    if (!javaScriptEnabled) await page.click('noscript button')
    expect(await arrival(page)).toHaveProperty('code')
    expect(complaints()).toEqual([])
  })

  it('so does a refusal, of the sign-in or of the consent', async () => {
    const { page, complaints } = await open()
    await page.goto(ask('shop'))
    await page.click('#cancel')
    expect(await arrival(page)).toMatchObject({ error: 'access_denied' })
    await page.goto(ask('shop', { prompt: 'consent' }))
    await signIn(page)
    await page.click('#deny')
    expect(await arrival(page)).toMatchObject({ error: 'access_denied' })
    expect(complaints()).toEqual([])
  })

  it.each(['yes', 'no'])('so does a logout, whether the person says yes or no: %s', async (answer) => {
    const { page, complaints } = await open()
    await page.goto(ask('own'))
    await signIn(page)
    await arrival(page)
    const query = new URLSearchParams({
      client_id: 'own',
      post_logout_redirect_uri: `${app.origin}/bye`,
      state: 'seen',
    })
    await page.goto(`${server.issuer}/oauth2/logout?${query}`)
    await page.click(`#logout-${answer}`)
    expect(await arrival(page, '/bye/end')).toEqual({ state: 'seen' })
    await page.goto(ask('own'))
    expect(await page.locator('[name=login]').count()).toBe(answer === 'yes' ? 1 : 0)
    expect(complaints()).toEqual([])
  })

  it('so does the answer to an application on the phone, at a scheme of its own', async () => {
    const { page, complaints } = await open()
    const url = authorizationUrl(server.issuer, { clientId: 'phone', redirectUri: APP_SCHEME })
    await page.goto(url)
    await signIn(page)
    const left = page.waitForEvent('requestfailed')
    await page.click('#allow')
    expect((await left).url()).toContain(`${APP_SCHEME}?code=`)
    expect(complaints().filter((text) => /policy|violat|refused/i.test(text))).toEqual([])
  })
})

it('would be stopped on the way by the policy that these pages do without (form-action)', async () => {
  const { page, complaints } = await browser.open()
  await page.goto(ask('own'))
  await page.route(page.url(), async (route) => {
    const response = await route.fetch()
    const policy = `${response.headers()['content-security-policy']}; form-action 'self'`
    await route.fulfill({ response, headers: { ...response.headers(), 'content-security-policy': policy } })
  })
  await page.reload()
  const complaint = page.waitForEvent('console')
  await signIn(page)
  expect((await complaint).text()).toContain('form-action')
  expect(complaints()).toHaveLength(1)
})
