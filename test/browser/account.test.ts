import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { enter } from '../../scripts/gallery/account-states.ts'
import { kim, type RunningSite, startSite } from '../../scripts/gallery/site.ts'
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

it('every page of the console works without JavaScript, and none violates its policy', async () => {
  const { page, complaints, close } = await browser.open({ javaScriptEnabled: false })
  await enter(page, site)
  const names = await page.locator('nav.side a').allInnerTexts()
  expect(names).toHaveLength(5)
  for (const path of [
    '/account/profile',
    '/account/email',
    '/account/password',
    '/account/security',
    '/account/leave',
  ]) {
    const answer = await page.goto(site.issuer + path)
    expect([answer?.status(), await page.locator('h1').count()]).toEqual([200, 1])
    expect(await page.locator('[aria-current]').count()).toBeGreaterThan(1)
  }
  await page.goto(`${site.issuer}/account/profile`)
  await page.fill('[name=name]', 'Kim Q. Larsen')
  await page.click('#submit-profile')
  expect([at(page), await page.locator('h1').innerText()]).toEqual(['/account', 'Kim Q. Larsen'])
  expect(await page.locator('[role=status]').innerText()).toBe('Your profile is saved.')
  const download = page.waitForEvent('download')
  await page.click('#download')
  expect((await download).suggestedFilename()).toBe('gatehouse-account.json')
  await page.click('#sign-out')
  await page.click('#logout-yes')
  await page.locator('#to-account').first().waitFor()
  expect([at(page), complaints()]).toEqual(['/', []])
  await close()
})

const FOCUS = `(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
  const { id, tagName, textContent } = document.activeElement
  return { at: id || tagName + ' ' + textContent.trim(), seen: outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2 }
})()`

/** Presses Tab until the focus is there; it is visible at every stop on the way. */
const tabTo = async (page: Page, wanted: string): Promise<void> => {
  for (let presses = 0; presses < 60; presses++) {
    await page.keyboard.press('Tab')
    const { at: place, seen } = (await page.evaluate(FOCUS)) as { at: string; seen: boolean }
    expect(seen, place).toBe(true)
    if (place === wanted) return
  }
  throw new Error(`Tab never comes to ${wanted} on ${page.url()}`)
}

it('a person finds the way through the console by keyboard alone', async () => {
  const { page, complaints, close } = await browser.open()
  await enter(page, site)
  await page.keyboard.press('Tab')
  expect(await page.evaluate(FOCUS)).toMatchObject({ at: 'A Skip to content' })
  await tabTo(page, 'A Security')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/account/security')
  await tabTo(page, 'to-password')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/account/password')
  await tabTo(page, 'current')
  await page.keyboard.type(kim.password)
  await tabTo(page, 'password')
  await page.keyboard.type('too short')
  await page.goto(`${site.issuer}/account`)
  await tabTo(page, 'to-leave')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/account/leave')
  await tabTo(page, 'confirm')
  await page.keyboard.type('kim')
  await tabTo(page, 'submit-leave')
  await page.keyboard.press('Enter')
  await page.locator('#confirm-fault').waitFor()
  await page.click('[role=alert] a[href="#confirm"]')
  expect(await page.evaluate(FOCUS)).toMatchObject({ at: 'confirm' })
  expect(complaints().filter((text) => !text.includes('422'))).toEqual([])
  await close()
})

it('judges a new password as it grows, and sends the language of the pages to the account', async () => {
  const { page, close } = await browser.open()
  await enter(page, site, '/account/password')
  await page.fill('#password', 'short')
  expect(await page.locator('[data-strength]').innerText()).toBe('Too short: use at least 15 characters.')
  await page.goto(`${site.issuer}/account/profile`)
  await page.selectOption('#locale', 'ru')
  await page.click('#submit-profile')
  await page.locator('html[lang=ru]').waitFor()
  expect(await page.locator('[role=status]').innerText()).toBe('Профиль сохранён.')
  await close()
})

it('a window that was opened by another site is cut off from it', async () => {
  const { page, close } = await browser.open()
  await enter(page, site)
  const shown = await page.goto(`${site.issuer}/account`)
  const headers = shown?.headers() ?? {}
  expect(headers['cross-origin-opener-policy']).toBe('same-origin')
  expect(headers['content-security-policy']).toContain("form-action 'self'")
  expect(headers['referrer-policy']).toBe('same-origin')
  await close()
})
