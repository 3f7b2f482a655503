import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { authorizationUrl } from '../../scripts/gallery/site.ts'
import { app as authenticator, type Beside, openBeside } from '../flows/factors-beside.ts'
import { type Browser, it, startChromium } from '../support/chromium.ts'
import type { Credentials } from '../support/person.ts'
import { type RunningServer, startServer } from '../support/server.ts'
import { openStation, type Station } from './stations.ts'

let server: RunningServer
let beside: Beside
let browser: Browser
let app: Station
let end: Station

beforeAll(async () => {
  end = await openStation('localhost', () => undefined)
  app = await openStation('127.0.0.1', (parameters, path) => `${end.origin}${path}/end?${parameters}`)
  const client = {
    client_id: 'own',
    token_endpoint_auth_method: 'none',
    redirect_uris: [`${app.origin}/callback`],
    first_party: true,
  }
  browser = await startChromium()
  server = await startServer({
    seed: { clients: [client], roles: [{ name: 'careful', permissions: {} }] },
    env: { MFA_REQUIRED_ROLES: 'careful', ARGON2_MEMORY: '128', ARGON2_TIME: '1' },
  })
  beside = await openBeside(server)
})
afterAll(async () => {
  await browser?.close()
  await beside?.close()
  await Promise.all([server?.stop(), app?.close(), end?.close()])
})

const ask = (parameters: Record<string, string> = {}): string =>
  authorizationUrl(server.issuer, { clientId: 'own', redirectUri: `${app.origin}/callback` }, parameters)
const arrived = (page: Page) => page.waitForURL(`${end.origin}/callback/end?code=*`)
const type = async (page: Page, { login, password }: Credentials): Promise<void> => {
  await page.fill('[name=login]', login)
  await page.fill('[name=password]', password)
  await page.click('#submit-login')
}

it('is done by the keyboard alone: the code is where one types, Enter sends it', async () => {
  const person = await beside.newcomer()
  const { app: phone } = await beside.giveApp(person.login)
  const { page, complaints } = await browser.open()
  await page.goto(ask())
  await page.keyboard.type(person.login)
  await page.keyboard.press('Tab')
  await page.keyboard.type(person.password)
  await page.keyboard.press('Enter')
  await page.locator('[name=code]').waitFor()
  await page.keyboard.type('000000')
  await page.keyboard.press('Enter')
  await page.locator('[data-error=wrong_code]').waitFor()
  await page.keyboard.type(phone.code())
  await page.keyboard.press('Enter')
  await arrived(page)
  expect(complaints().filter((text) => !text.includes('422'))).toEqual([])
})

it('works without JavaScript: the code, a recovery code, and “Not you?”', async () => {
  const person = await beside.newcomer()
  const { codes } = await beside.giveApp(person.login)
  const { page } = await browser.open({ javaScriptEnabled: false })
  await page.goto(ask())
  expect(await page.locator('#use-passkey').isVisible()).toBe(false)
  await type(page, person)
  await page.click('#not-you')
  await type(page, person)
  await page.click('#use-recovery-code')
  await page.fill('[name=code]', codes[0] ?? '')
  await page.click('#submit-code')
  await arrived(page)
})

it('is set up without JavaScript where it is required, by a picture or by typing the key', async () => {
  const person = await beside.newcomer()
  await beside.addRole(person.login, 'careful')
  const { page } = await browser.open({ javaScriptEnabled: false })
  await page.goto(ask())
  await type(page, person)
  const box = await page.locator('.qr svg').boundingBox()
  expect(box?.width).toBeGreaterThan(150)
  const secret = (await page.locator('#secret').innerText()).replaceAll(' ', '')
  await page.fill('[name=code]', authenticator(secret).code())
  await page.click('#submit-code')
  expect(await page.locator('.codes li').count()).toBe(10)
  await page.click('#codes-saved')
  await arrived(page)
})

it('speaks Russian at 320 px, and keeps to the language chosen on the page', async () => {
  const person = await beside.newcomer()
  const { app: phone } = await beside.giveApp(person.login)
  const { page, complaints } = await browser.open({ viewport: { width: 320, height: 640 } })
  await page.goto(ask())
  await type(page, person)
  await page.click('[hreflang=ru]')
  expect(await page.locator('h1').innerText()).toBe('Введите код')
  expect(await page.evaluate('document.documentElement.scrollWidth')).toBe(320)
  await page.click('#use-recovery-code')
  expect(await page.locator('h1').innerText()).toBe('Введите резервный код')
  await page.click('#use-app')
  await page.fill('[name=code]', phone.code())
  await page.click('#submit-code')
  await arrived(page)
  expect(complaints()).toEqual([])
})

it('C-18 the back button and a second tab lead to nothing before the code', async () => {
  const person = await beside.newcomer()
  await beside.giveApp(person.login)
  const { page } = await browser.open()
  await page.goto(ask())
  await type(page, person)
  await page.locator('[name=code]').waitFor()
  await page.goBack()
  await page.goForward()
  await page.locator('[name=code]').waitFor()
  const tab = await page.context().newPage()
  await tab.goto(`${server.issuer}/account`)
  expect(await tab.locator('#submit-login').count()).toBe(1)
  await tab.goto(ask({ prompt: 'none' }))
  await tab.waitForURL(`${end.origin}/callback/end?error=login_required*`)
})
