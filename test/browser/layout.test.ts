import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type RunningSite, startSite } from '../../scripts/gallery/site.ts'
import { states } from '../../scripts/gallery/states.ts'
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

const NARROW = { width: 320, height: 640 }
const PAGE_WIDTH = 'document.documentElement.scrollWidth'
/** Bytes of the page and of all that it loads, unpacked; what its scripts fetch at work is no part of it. */
const WEIGHT = `[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')]
  .filter(({ initiatorType }) => initiatorType !== 'fetch')
  .reduce((sum, { decodedBodySize }) => sum + decodedBodySize, 0)`
const MOST_BYTES = 50 * 1024

describe.concurrent.each(['en', 'ru'])('in %s, 320 px wide', { timeout: 120_000 }, (locale) => {
  it.each(states)('$name fits, is light, and says in its title whether it refuses', async ({ open }) => {
    const { page, close } = await browser.open({ locale, viewport: NARROW })
    await open(page, site)
    expect(await page.evaluate(PAGE_WIDTH)).toBe(NARROW.width)
    const weight = Number(await page.evaluate(WEIGHT))
    expect(weight).toBeGreaterThan(1024)
    expect(weight).toBeLessThan(MOST_BYTES)
    expect(await page.locator('html').getAttribute('lang')).toBe(locale)
    const refuses = (await page.locator('[role=alert]').count()) > 0
    expect(/^(Error|Ошибка): /.test(await page.title())).toBe(refuses)
    await close()
  })
})
