import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import {
  authorizationUrl,
  harbor,
  kim,
  type RunningSite,
  startSite,
  usual,
} from '../../scripts/gallery/site.ts'
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

const gate = (): string => authorizationUrl(site.issuer, harbor, usual)

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
  await page.goto(gate())
  expect(await focus(page)).toEqual({ at: 'login', seen: true })
  await page.keyboard.type(kim.login)
  await tabTo(page, 'password')
  await page.keyboard.type(kim.password)
  expect(await tabTo(page, 'submit-login')).toEqual(['BUTTON Show password', 'to-recover', 'submit-login'])
  await page.keyboard.press('Enter')
  await page.locator('#allow').waitFor()
  const stops = await tabTo(page, 'allow')
  expect(stops.filter((stop) => stop.startsWith('SUMMARY'))).toHaveLength(5)
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

it('sends a form once, however often the button is pressed, and again after the person came back', async () => {
  const { page } = await browser.open()
  const sent: string[] = []
  page.on('request', (request) => {
    if (request.isNavigationRequest() && request.method() === 'POST')
      sent.push(new URL(request.url()).pathname.replace(/^.*\//, ''))
  })
  await page.goto(gate())
  const press = async (password: string, clickCount: number) => {
    await page.fill('[name=login]', kim.login)
    await page.fill('[name=password]', password)
    await page.click('#submit-login', { clickCount })
  }
  await press('not the password', 3)
  await page.locator('[data-error=login_failed]').waitFor()
  expect(sent).toEqual(['sign-in'])
  await page.goBack()
  await press(kim.password, 2)
  await page.locator('#allow').waitFor()
  expect(sent).toEqual(['sign-in', 'sign-in'])
})

it('shows a password that one types, hides it again, and judges a new one as it grows', async () => {
  const { page } = await browser.open()
  await page.goto(`${site.issuer}/register`)
  const password = page.locator('#password')
  const judged = async (text: string): Promise<string> => {
    await password.fill(text)
    return page.locator('[data-strength]').innerText()
  }
  expect(await judged('short')).toBe('Too short: use at least 15 characters.')
  expect(await judged('a'.repeat(20))).toBe('Long enough, but it repeats itself.')
  expect(await judged('violet harbour at nightfall')).toBe('Very good.')
  await page.click('[data-reveal]')
  expect(await password.getAttribute('type')).toBe('text')
  await page.click('[data-reveal]')
  expect(await password.getAttribute('type')).toBe('password')
})
