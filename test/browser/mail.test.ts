import { join } from 'node:path'
import AxeBuilder from '@axe-core/playwright'
import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { mailColours } from '../../src/adapters/mail/colours.ts'
import { letters } from '../../src/adapters/mail/letters.ts'
import { links } from '../../src/domain/links.ts'
import { arrangeMailer, ISSUER, letterParts, samples } from '../adapters/mail/arrange.ts'
import { type Browser, it, startChromium } from '../support/chromium.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const TAGS = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice']
let browser: Browser
beforeAll(async () => {
  browser = await startChromium()
})
afterAll(() => browser?.close())

const faults = async (page: Page): Promise<string[]> => {
  // The letter in the frame is tested by itself: no script runs in there.
  const rules = { 'target-size': { enabled: true }, 'frame-tested': { enabled: false } }
  const axe = new AxeBuilder({ page }).options({ rules })
  const { violations, incomplete } = await axe.withTags(TAGS).setLegacyMode().analyze()
  return [...violations, ...incomplete].map(
    ({ id, nodes }) => `${id}: ${nodes.map(({ html }) => html).join(' ')}`,
  )
}

const htmlOf = (kind: keyof ReturnType<typeof samples>, locale: string, accent = '#0c6a5b'): string => {
  const render = letters(letterParts, { issuer: ISSUER, colours: mailColours(accent) })
  return render({ to: 'kim@example.com', locale, letter: samples()[kind] }).html
}

/** Light and dark, on a telephone and in a window. */
const expectNoFaults = async (show: (page: Page) => Promise<unknown>): Promise<void> => {
  const { page, close, complaints } = await browser.open({ reducedMotion: 'reduce' })
  await show(page)
  for (const colorScheme of ['light', 'dark'] as const) {
    await page.emulateMedia({ colorScheme })
    for (const width of [320, 800]) {
      await page.setViewportSize({ width, height: 800 })
      expect(await faults(page), `${colorScheme}, ${width} px`).toEqual([])
      expect(await page.evaluate('document.documentElement.scrollWidth')).toBeLessThanOrEqual(width)
    }
  }
  expect(complaints()).toEqual([])
  await close()
}

describe.concurrent('axe finds nothing in a letter, in light and dark, narrow and wide', {
  timeout: 60_000,
}, () => {
  it.each(Object.values(samples()))('$kind', async ({ kind }) => {
    await expectNoFaults((page) => page.setContent(htmlOf(kind, 'ru')))
  })

  it.each(['#ffe600', '#000', '#fff', '#e5007d'])('with the accent %s', async (accent) => {
    await expectNoFaults((page) => page.setContent(htmlOf('reset', 'en', accent)))
  })
})

describe('the pages of the mail in development', { timeout: 60_000 }, () => {
  let server: RunningServer
  beforeAll(async () => {
    server = await startServer()
  })
  afterAll(() => server?.stop())

  it('have no faults either, empty and with letters, and the frame shows the letter', async () => {
    await expectNoFaults((page) => page.goto(`${server.issuer}/mail`))
    const { mailer, sendMail } = arrangeMailer({ folder: join(server.home, 'data', 'mail') })
    const letter = samples(links(server.issuer)).reset
    for (const locale of ['en', 'ru']) sendMail({ to: 'kim@example.com', locale, letter })
    await mailer.close()
    await expectNoFaults((page) => page.goto(`${server.issuer}/mail?lang=ru`))
    await expectNoFaults(async (page) => {
      await page.goto(`${server.issuer}/mail`)
      await page.click('main .rows a')
      const heading = page.frameLocator('iframe').locator('h1')
      expect(await heading.textContent()).toBe(await page.locator('h1').textContent())
      expect(await page.locator('#letter a').getAttribute('href')).toMatch(/\/reset\?token=/)
      // The style of the letter is its own.
      const size = `getComputedStyle(document.querySelector('h1')).fontSize`
      expect(await page.frames()[1]?.evaluate(size)).toBe('24px')
    })
  })
})
