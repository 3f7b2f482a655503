import AxeBuilder from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type RunningSite, startSite } from '../../scripts/gallery/site.ts'
import { states } from '../../scripts/gallery/states.ts'
import { type Browser, it, startChromium } from '../support/chromium.ts'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
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

// Axe cannot tell the colour behind a text where a pseudo-element, the arch, lies in between: the layer itself does.
const FLAT = '.gate { background: var(--court) } .gate::before, .gate::after { display: none }'

/** What axe finds, and what it cannot tell, as text: the rule and the elements. */
const faults = async (page: Page): Promise<string[]> => {
  const axe = new AxeBuilder({ page }).options({ rules: { 'target-size': { enabled: true } } })
  // One frame only: no page of axe's own is needed to gather what it finds.
  const { violations, incomplete } = await axe.withTags(TAGS).setLegacyMode().analyze()
  return [...violations, ...incomplete].map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
  )
}

// The pages of error codes differ in their words alone.
const distinct = states.filter(({ name }) => !name.startsWith('error-') || name === 'error-too-many-attempts')

const looks = [
  { colorScheme: 'light', width: 360 },
  { colorScheme: 'dark', width: 1280 },
  { colorScheme: 'light', width: 1280 },
  { colorScheme: 'dark', width: 360 },
] as const
/** Each scheme and each width once; a long run takes every pair. */
const LOOKS = process.env.LONG === '1' ? looks : looks.slice(0, 2)

describe.concurrent('axe finds nothing', { timeout: 120_000 }, () => {
  it.each(distinct)('on $name, in light and dark, narrow and wide', async ({ open }) => {
    const { page, close } = await browser.open({ reducedMotion: 'reduce', bypassCSP: true })
    await open(page, site)
    await page.addStyleTag({ content: FLAT })
    for (const { colorScheme, width } of LOOKS) {
      await page.emulateMedia({ colorScheme })
      await page.setViewportSize({ width, height: 800 })
      expect(await faults(page), `${colorScheme}, ${width} px`).toEqual([])
    }
    await close()
  })
})

const ACCENT = `getComputedStyle(document.documentElement).getPropertyValue('--accent')`

describe.each(['#ffe600', '#000', '#fff', '#e5007d'])('with the accent %s', (accent) => {
  it.each(['landing', 'sign-in', 'consent'])('the words and buttons of %s stay readable', async (name) => {
    const { page, close } = await browser.open({ reducedMotion: 'reduce', bypassCSP: true })
    await page.route('**/assets/accent*', (route) =>
      route.fulfill({ contentType: 'text/css', body: `:root { --accent: ${accent} }` }),
    )
    await states.find((state) => state.name === name)?.open(page, site)
    await page.addStyleTag({ content: FLAT })
    expect(await page.evaluate(ACCENT)).toBe(accent)
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme })
      expect(await faults(page), colorScheme).toEqual([])
    }
    await close()
  })
})
