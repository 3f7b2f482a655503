import { afterAll, beforeAll } from 'vitest'
import { type RunningSite, startSite } from '../../scripts/gallery/site.ts'
import { factorStates } from '../../scripts/gallery/factor-states.ts'
import { type Browser, it, startChromium } from '../support/chromium.ts'
let site: RunningSite
let browser: Browser
beforeAll(async () => { browser = await startChromium(); site = await startSite() })
afterAll(async () => { await browser?.close(); await site?.stop() })
it.each(factorStates)('$name', { timeout: 60000 }, async ({ name, open }) => {
  const { page, close } = await browser.open({ viewport: { width: 900, height: 900 } })
  await open(page, site)
  await page.screenshot({ path: `/tmp/e-shots/${name}.png`, fullPage: true })
  await close()
})
