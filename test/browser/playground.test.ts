import AxeBuilder from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type Browser, it, startChromium, type Window } from '../support/chromium.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const kim = { login: 'kim@example.com', password: 'amber lantern on the quay' }
const API = 'http://localhost:4002/orders'
let server: RunningServer
let browser: Browser

beforeAll(async () => {
  const account = { email: kim.login, password: kim.password, name: 'Kim', email_verified: true }
  server = await startServer({ seed: { accounts: [{ ...account, roles: ['customer'] }] } })
  browser = await startChromium()
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

const ask = async (options: Record<string, string> = {}, colorScheme?: 'dark' | 'light'): Promise<Window> => {
  const window = await browser.open(colorScheme ? { colorScheme } : {})
  await window.page.goto(`${server.issuer}/playground`)
  for (const [name, value] of Object.entries(options)) await window.page.fill(`#${name}`, value)
  await window.page.click('#start')
  await window.page.locator('[data-step=ask]').waitFor()
  return window
}
const signIn = async ({ page }: Window): Promise<void> => {
  await page.click('#continue')
  await page.fill('input[name=login]', kim.login)
  await page.fill('input[name=password]', kim.password)
  await page.click('#submit-login')
  await page.click('#allow')
  await page.locator('[data-step=access_token]').waitFor()
}
/** Presses a button and reads the step that it adds. */
const act = async (page: Page, action: string): Promise<string> => {
  const before = await page.locator('[data-step]').count()
  await page.click(`[data-action=${action}]`)
  const step = page.locator('[data-step]').nth(before)
  await step.waitFor()
  return step.innerText()
}

it('runs the code flow to the end and shows every request and answer', async () => {
  const window = await ask()
  const { page } = window
  await signIn(window)
  expect(new URL(page.url()).search).toBe('')
  expect(await page.locator('[data-step=id_token]').innerText()).toMatch(/Signature valid[\s\S]*All right/)
  expect(await page.locator('[data-error]').count()).toBe(0)
  expect(await act(page, 'userinfo')).toMatch(/200 OK[\s\S]*kim@example\.com/)
  expect(await act(page, 'refresh')).toMatch(/200 OK[\s\S]*The refresh token has changed/)
  expect(await act(page, 'introspect')).toMatch(/"active": true/)
  expect(await act(page, 'revoke')).toMatch(/200 OK/)
  expect(window.complaints()).toEqual([])
  expect(await act(page, 'userinfo')).toMatch(/401/)
  expect(await act(page, 'leave')).toMatch(/id_token_hint/)
  await page.click('#continue')
  await page.click('#logout-yes')
  await page.locator('[data-step=gone]').waitFor()
  expect(await page.locator('[data-action]:visible').count()).toBe(0)
})

it('decodes and verifies the access token of an API, and explains where it does not fit', async () => {
  const window = await ask({ scope: 'openid offline_access orders:read', resource: API })
  await signIn(window)
  const token = await window.page.locator('[data-step=access_token]').innerText()
  expect(token).toMatch(/Signature valid[\s\S]*at\+jwt[\s\S]*orders:read/)
  expect(token).toContain(`curl -H 'authorization: Bearer`)
  expect(await act(window.page, 'userinfo')).toMatch(/401[\s\S]*this token is for an API/)
})

it('tells by name why a request was refused', async () => {
  const { page } = await ask({ prompt: 'none' })
  await page.click('#continue')
  await page.locator('[data-step=return] [data-error=login_required]').waitFor()
})

it('redeems no code that comes with the state of another', async () => {
  const { page } = await ask()
  await page.goto(`${server.issuer}/playground?code=a&state=b&iss=${encodeURIComponent(server.issuer)}`)
  await page.locator('[data-error=mismatch]').waitFor()
  expect(await page.locator('[data-step=exchange]').count()).toBe(0)
})

it('keeps the run over a reload, in the language of the reader, until it is started over', async () => {
  const { page } = await ask()
  await page.goto(`${server.issuer}/playground?lang=ru`)
  await page.locator('[data-step=ask]').getByText('Остаётся у приложения').waitFor()
  await page.click('#again')
  expect(await page.locator('[data-step]').count()).toBe(0)
  await page.reload()
  expect(await page.locator('[data-step]').count()).toBe(0)
})

describe.each(['light', 'dark'] as const)('in a %s scheme', (scheme) => {
  it('has nothing that axe finds fault with', async () => {
    const window = await ask({}, scheme)
    await signIn(window)
    const { violations } = await new AxeBuilder({ page: window.page }).analyze()
    expect(violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html)])).toEqual([])
  })
})

it('says without JavaScript what it is and why it stays empty', async () => {
  const { page } = await browser.open({ javaScriptEnabled: false })
  await page.goto(`${server.issuer}/playground`)
  // Text is not looked for in a noscript element.
  expect(await page.locator('noscript p').innerText()).toContain('needs JavaScript')
  expect(await page.locator('#playground').isVisible()).toBe(false)
})
