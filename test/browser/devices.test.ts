import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { enter } from '../../scripts/gallery/account-states.ts'
import { deviceStates } from '../../scripts/gallery/device-states.ts'
import { type RunningSite, sam, startSite } from '../../scripts/gallery/site.ts'
import { type Browser, it, startChromium } from '../support/chromium.ts'

let site: RunningSite
let browser: Browser

beforeAll(async () => {
  browser = await startChromium()
  site = await startSite()
})
afterAll(async () => {
  await browser?.close()
  await site?.stop()
})

const at = (page: Page): string => new URL(page.url()).pathname
const open = (page: Page, name: string): Promise<unknown> | undefined =>
  deviceStates.find((state) => state.name === name)?.open(page, site)

it('signs out one device, all others, and everything, without JavaScript', async () => {
  const [here, there] = [await browser.open({ javaScriptEnabled: false }), await browser.open()]
  const { page } = here
  await open(page, 'account-devices-several')
  await enter(there.page, site, '/account', sam)
  await page.reload()
  const rows = page.locator('[data-session]')
  const texts = await rows.allInnerTexts()
  expect(texts).toHaveLength(5)
  expect(texts[0]).toContain('This device')
  expect(texts.join()).toContain('Safari on iOS')
  await page.locator('[data-session]', { hasText: 'Safari on iOS' }).locator('[data-end]').click()
  expect([await rows.count(), await page.locator('[role=status]').innerText()]).toEqual([
    4,
    'The device is signed out.',
  ])
  await page.click('#end-others')
  expect([await rows.count(), await page.locator('#end-others').count()]).toEqual([1, 0])
  await there.page.goto(`${site.issuer}/account`)
  expect(await there.page.locator('#submit-login').count()).toBe(1)
  await page.click('#end-everywhere')
  expect([at(page), await page.locator('h1').innerText()]).toEqual([
    '/account/signed-out',
    'You are signed out everywhere',
  ])
  await page.click('#sign-in')
  expect(await page.locator('#submit-login').count()).toBe(1)
  expect([here.complaints(), there.complaints()]).toEqual([[], []])
  await Promise.all([here.close(), there.close()])
})

it('removes an application, whose button says its name, without JavaScript', async () => {
  const { page, complaints, close } = await browser.open({ javaScriptEnabled: false })
  await open(page, 'account-applications')
  const rows = page.locator('[data-client]')
  expect(await rows.count()).toBe(2)
  const button = page.getByRole('button', { name: 'Remove Harbor Travel' })
  await button.click()
  expect([at(page), await rows.count(), await button.count()]).toEqual(['/account/applications', 1, 0])
  expect(await page.locator('[role=status]').innerText()).toContain('removed')
  await page.getByRole('button').last().click()
  expect(await page.locator('main').innerText()).toContain('No application uses your account yet.')
  expect(complaints()).toEqual([])
  await close()
})
