import type { Page } from 'playwright-core'
import { afterAll, beforeAll, expect } from 'vitest'
import { type Browser, it, startChromium } from '../support/chromium.ts'
import { linkIn, type MailFiles, mailFiles } from '../support/mail-files.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const FIRST = 'violet harbour at nightfall'
const NEXT = 'copper kettle over the hill'

let browser: Browser
let server: RunningServer
let mails: MailFiles

beforeAll(async () => {
  browser = await startChromium()
  server = await startServer({ env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1' } })
  mails = mailFiles(server)
})
afterAll(async () => {
  await browser?.close()
  await server?.stop()
})

const register = async (page: Page, email: string): Promise<void> => {
  await page.goto(`${server.issuer}/register`)
  await page.fill('[name=email]', email)
  await page.fill('[name=password]', FIRST)
  await page.click('#submit-register')
  await page.waitForURL('**/register/done')
}
const enters = async (email: string, password: string): Promise<boolean> => {
  const answer = await fetch(`${server.issuer}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  return answer.ok
}

it('a forgotten password is replaced without JavaScript, from the sign-in page on', async () => {
  const email = 'ann@example.com'
  const { page, complaints, close } = await browser.open({ javaScriptEnabled: false })
  await register(page, email)
  await mails.next({ to: email })
  await page.goto(`${server.issuer}/account`)
  await page.click('#to-recover')
  await page.fill('[name=email]', email)
  await page.click('#submit-recover')
  await page.waitForURL('**/recover/sent')
  expect(await page.locator('[role=status]').innerText()).toContain(email)
  await page.goto(linkIn(await mails.next({ to: email })))
  await page.fill('[name=password]', NEXT)
  await page.click('#submit-reset')
  await page.waitForURL('**/reset/done')
  expect(page.url()).not.toContain('token')
  await page.click('a[href="/account"]')
  await page.fill('[name=login]', email)
  await page.fill('[name=password]', NEXT)
  await page.click('#submit-login')
  await page.waitForURL(`${server.issuer}/account`)
  expect(complaints()).toEqual([])
  await close()
})

it('the link of a letter shows and measures a password with JavaScript, and needs the keyboard alone', async () => {
  const email = 'ben@example.com'
  const { page, complaints, close } = await browser.open()
  await register(page, email)
  await page.goto(linkIn(await mails.next({ to: email })))
  await page.keyboard.press('Tab')
  while ((await page.evaluate('document.activeElement.name')) !== 'password') await page.keyboard.press('Tab')
  await page.keyboard.type(FIRST)
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  expect(await page.locator('#password').getAttribute('type')).toBe('text')
  await page.keyboard.press('Tab')
  await page.keyboard.press('Enter')
  await page.waitForURL('**/verify/done')
  expect(await enters(email, FIRST)).toBe(true)
  expect(complaints()).toEqual([])
  await close()
})

it('C-15 whoever is signed in where the letter is opened needs one button, and stays signed in', async () => {
  const email = 'cem@example.com'
  const { page, close } = await browser.open()
  await register(page, email)
  const link = linkIn(await mails.next({ to: email }))
  await page.goto(`${server.issuer}/account`)
  await page.fill('[name=login]', email)
  await page.fill('[name=password]', FIRST)
  await page.click('#submit-login')
  await page.waitForURL(`${server.issuer}/account`)
  await page.goto(link)
  expect(await page.locator('[name=password]').count()).toBe(0)
  await page.click('#submit-verify')
  await page.waitForURL('**/verify/done')
  await page.click('a[href="/account"]')
  await page.waitForURL(`${server.issuer}/account`)
  expect(await enters(email, FIRST)).toBe(true)
  await close()
})

it('the language of a page with a token can be chosen, and the token stays', async () => {
  const email = 'dan@example.com'
  const { page, close } = await browser.open()
  await register(page, email)
  const link = linkIn(await mails.next({ to: email }))
  await page.goto(link)
  await page.click('a[hreflang=ru]')
  await page.waitForURL((url) => url.href === link)
  expect(await page.locator('html').getAttribute('lang')).toBe('ru')
  expect(await page.locator('#submit-verify').innerText()).toBe('Подтвердить адрес')
  await close()
})
