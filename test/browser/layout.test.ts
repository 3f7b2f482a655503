import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import {
  authorizationUrl,
  everything,
  harbor,
  kim,
  type RunningSite,
  startSite,
} from '../../scripts/screenshots/site.ts'
import { states } from '../../scripts/screenshots/states.ts'
import { type Browser, it, startChromium } from '../support/chromium.ts'

let site: RunningSite
let browser: Browser

beforeAll(async () => {
  ;[site, browser] = await Promise.all([startSite(), startChromium()])
})
afterAll(async () => {
  await browser?.close()
  await site?.stop()
})

const NARROW = { width: 320, height: 640 }
const PAGE_WIDTH = 'document.documentElement.scrollWidth'
/** Bytes of the page and of all that it loads, unpacked; what its scripts fetch at work is no part of it. */
const WEIGHT = `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .filter(({ initiatorType }) => initiatorType !== 'fetch')
  .reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0)`
const MOST_BYTES = 50 * 1024

describe.concurrent.each(['en', 'ru'])('in %s, 320 px wide', { timeout: 60_000 }, (locale) => {
  it.each(states)('$name fits, is light, and says in its title whether it refuses', async ({ open }) => {
    const { page, close } = await browser.open({ locale, viewport: NARROW })
    await open(page, site)
    expect(await page.evaluate(PAGE_WIDTH)).toBe(NARROW.width)
    expect(Number(await page.evaluate(WEIGHT))).toBeGreaterThan(1024)
    expect(Number(await page.evaluate(WEIGHT))).toBeLessThan(MOST_BYTES)
    expect(await page.locator('html').getAttribute('lang')).toBe(locale)
    const refuses = (await page.locator('[role=alert]').count()) > 0
    expect(/^(Error|Ошибка): /.test(await page.title())).toBe(refuses)
    await close()
  })
})

/** What has the focus, and whether one sees that. */
const FOCUS = `(() => {
  const { outlineStyle, outlineWidth } = getComputedStyle(document.activeElement)
  const { id, tagName, textContent } = document.activeElement
  return { at: id || tagName + ' ' + textContent.trim(), seen: outlineStyle === 'solid' && parseFloat(outlineWidth) >= 2 }
})()`
const focus = async (page: Page) => (await page.evaluate(FOCUS)) as { at: string; seen: boolean }

/** Presses Tab until the focus is at an element; it is visible at every stop on the way. */
const tabTo = async (page: Page, id: string): Promise<string[]> => {
  const stops: string[] = []
  while (stops.at(-1) !== id) {
    await page.keyboard.press('Tab')
    const { at, seen } = await focus(page)
    expect(seen, at).toBe(true)
    expect(stops).not.toContain(at)
    stops.push(at)
  }
  return stops
}

it('lets a person sign in by keyboard alone, who sees at every step where they are', async () => {
  const { page } = await browser.open()
  await page.goto(authorizationUrl(site.issuer, harbor, everything))
  expect(await focus(page)).toEqual({ at: 'login', seen: true })
  await page.keyboard.type(kim.login)
  await tabTo(page, 'password')
  await page.keyboard.type(kim.password)
  expect(await tabTo(page, 'submit-login')).toHaveLength(2)
  await page.keyboard.press('Enter')
  await page.locator('#allow').waitFor()
  const stops = await tabTo(page, 'allow')
  expect(stops.filter((stop) => stop.startsWith('SUMMARY'))).toHaveLength(8)
  const arrival = page.waitForRequest((request) => request.url().startsWith(harbor.redirectUri))
  await page.keyboard.press('Enter')
  expect(new URL((await arrival).url()).searchParams.get('code')).toBeTruthy()
})

it('takes the reader of a list of faults to the field', async () => {
  const { page } = await browser.open()
  await page.goto(`${site.issuer}/register`)
  await page.fill('[name=email]', 'kim.example.com')
  await page.fill('[name=password]', 'too short')
  await page.evaluate('document.forms[0].noValidate = true')
  await page.click('#submit-register')
  await page.click('[role=alert] a[href="#password"]')
  expect(await focus(page)).toMatchObject({ at: 'password' })
  const described = await page.locator('#password').getAttribute('aria-describedby')
  for (const id of described?.split(' ') ?? []) expect(await page.locator(`#${id}`).innerText()).toMatch(/15/)
  expect(await page.locator('#email').inputValue()).toBe('kim.example.com')
  expect(await page.locator('#password').inputValue()).toBe('')
})
