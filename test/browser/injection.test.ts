import type { Page } from 'playwright-core'
import { afterAll, beforeAll, describe, expect } from 'vitest'
import { type RunningSite, startSite } from '../../scripts/gallery/site.ts'
import { states } from '../../scripts/gallery/states.ts'
import { type Browser, it, startChromium } from '../support/chromium.ts'
import { openStation, type Station } from './stations.ts'

let site: RunningSite
let browser: Browser
let elsewhere: Station

beforeAll(async () => {
  elsewhere = await openStation('127.0.0.1', () => undefined)
  browser = await startChromium()
  site = await startSite()
})
afterAll(async () => {
  await browser?.close()
  await Promise.all([site?.stop(), elsewhere?.close()])
})

/** Shows the page again, as if somebody had found a way to write into it. */
const inject = async (page: Page, name: string, markup: string): Promise<void> => {
  await states.find((state) => state.name === name)?.open(page, site)
  await page.route(page.url(), async (route) => {
    const response = await route.fetch()
    const body = await response.text()
    await route.fulfill({ response, body: body.replace('<meta charset="utf-8">', (meta) => meta + markup) })
  })
  await page.reload({ waitUntil: 'load' })
}

const pages = [
  'landing',
  'sign-in',
  'register',
  'consent',
  'logout',
  'oauth-error',
  'no-such-page',
  'playground',
]

describe.each(pages)('N-CSP-2 of %s, whatever is written into it', (name) => {
  it('runs no script that is not ours, keeps its addresses, and asks nobody else for anything', async () => {
    const { page, complaints, close } = await browser.open()
    const { origin } = elsewhere
    const before = elsewhere.visits().length
    await inject(
      page,
      name,
      `<base href="${origin}/"><script>window.ran = 'inline'</script><script src="${origin}/x.js"></script>
      <link rel="stylesheet" href="${origin}/x.css"><style>html { --injected: 1 }</style>
      <img src="${origin}/x.png"><img id="handler" src="data:," onerror="window.ran = 'handler'">
      <iframe src="${origin}/frame"></iframe><object data="${origin}/object"></object>`,
    )
    await page.evaluate(`document.querySelector('#handler').dispatchEvent(new Event('error'))`)
    expect(await page.evaluate('String(window.ran)')).toBe('undefined')
    expect(await page.evaluate('new URL(document.baseURI).origin')).toBe(new URL(page.url()).origin)
    const injected = `getComputedStyle(document.documentElement).getPropertyValue('--injected')`
    expect(await page.evaluate(injected)).toBe('')
    expect(elsewhere.visits().slice(before)).toEqual([])
    for (const directive of ['base-uri', 'script-src', 'style-src', 'img-src', 'default-src'])
      expect(complaints().join('\n')).toContain(directive)
    await close()
  })
})

it.each(['landing', 'registered', 'no-such-page', 'playground'])(
  'N-CSP-2 sends no form of %s elsewhere: none of its own leads to an application',
  async (name) => {
    const { page, close } = await browser.open()
    const before = elsewhere.visits().length
    await states.find((state) => state.name === name)?.open(page, site)
    await page.evaluate(`document.body.insertAdjacentHTML('beforeend',
      '<form method="post" action="${elsewhere.origin}/form"><button id="injected">Send</button></form>')`)
    const complaint = page.waitForEvent('console')
    await page.evaluate(`document.querySelector('#injected').click()`)
    expect((await complaint).text()).toContain('form-action')
    expect(elsewhere.visits().slice(before)).toEqual([])
    await close()
  },
)

it('N-14 is shown in no frame of another site', async () => {
  const { page, complaints } = await browser.open()
  await page.goto(elsewhere.origin)
  await page.evaluate(`document.body.innerHTML = '<iframe src="${site.issuer}/register"></iframe>'`)
  await page.waitForEvent('console')
  expect(complaints().join('\n')).toMatch(/frame-ancestors|X-Frame-Options/)
  const framed = page.frames().find((frame) => frame !== page.mainFrame())
  expect(await framed?.locator('[name=email]').count()).toBe(0)
})
