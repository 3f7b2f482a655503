import { generateSync } from 'otplib'
import type { Page } from 'playwright-core'
import { plugIn } from '../../test/browser/authenticator.ts'
import { atRegister, insist, trySignIn } from './acts.ts'
import { authorizationUrl, harbor, kim, type Site, usual } from './site.ts'

const PASSWORD = 'violet harbour at nightfall'

/** Somebody new, who has to set up a second factor: the role of newcomers wants one. */
const atEnrol = async (page: Page, site: Site): Promise<string> => {
  const email = `newcomer-${crypto.randomUUID()}@example.com`
  await atRegister(page, site)
  await page.fill('[name=email]', email)
  await page.fill('[name=password]', PASSWORD)
  await page.click('#submit-register')
  await page.locator('#secret').waitFor()
  return email
}

const atNewCodes = async (page: Page, site: Site) => {
  const login = await atEnrol(page, site)
  const secret = (await page.locator('#secret').innerText()).replaceAll(' ', '')
  await page.fill('[name=code]', generateSync({ secret }))
  await page.click('#submit-code')
  const code = await page.locator('.codes li').first().innerText()
  return { login, code }
}

/** The code of a newcomer who comes again. */
const atCode = async (page: Page, site: Site) => {
  const { login } = await atNewCodes(page, site)
  await page.click('#codes-saved')
  await page.goto(authorizationUrl(site.issuer, harbor, { ...usual, prompt: 'login consent' }))
  await trySignIn(page, login, PASSWORD)
  await page.locator('[name=code]').waitFor()
}

const atSecurity = async (page: Page, { issuer }: Site, path = ''): Promise<void> => {
  await page.goto(`${issuer}/account/security${path}`)
  if ((await page.locator('#submit-login').count()) > 0) await trySignIn(page, kim.login, kim.password)
  await page.locator('.shell').waitFor()
}

/** A newcomer in the console, with a passkey beside the app. */
const withPasskey = async (page: Page, site: Site): Promise<void> => {
  await plugIn(page)
  await atNewCodes(page, site)
  await page.click('#codes-saved')
  await atSecurity(page, site, '/passkey')
  await page.click('#use-passkey')
  await page.locator('[data-passkey-id]').waitFor()
}

const consoleStates = [
  {
    name: 'account-app-wrong',
    async open(page: Page, site: Site) {
      await atSecurity(page, site, '/app')
      await page.fill('[name=code]', '000000')
      await insist(page, '#submit-code')
    },
  },
  { name: 'account-passkey', open: (page: Page, site: Site) => atSecurity(page, site, '/passkey') },
  { name: 'account-security-factors', open: withPasskey },
  {
    name: 'account-passkey-name',
    async open(page: Page, site: Site) {
      await withPasskey(page, site)
      await page.locator('[href*="/passkey/name"]').click()
      await page.locator('#submit-name').waitFor()
    },
  },
  {
    name: 'account-codes',
    async open(page: Page, site: Site) {
      await withPasskey(page, site)
      await page.click('#renew-codes')
      await page.locator('.codes').waitFor()
    },
  },
]

export const factorStates = [
  ...consoleStates,
  { name: 'enrol', open: atEnrol },
  {
    name: 'enrol-wrong',
    async open(page: Page, site: Site) {
      await atEnrol(page, site)
      await page.fill('[name=code]', '000000')
      await insist(page, '#submit-code')
    },
  },
  { name: 'new-codes', open: atNewCodes },
  { name: 'second-factor', open: atCode },
  {
    name: 'second-factor-wrong',
    async open(page: Page, site: Site) {
      await atCode(page, site)
      await page.fill('[name=code]', '000000')
      await insist(page, '#submit-code')
    },
  },
  {
    name: 'second-factor-recovery',
    async open(page: Page, site: Site) {
      await atCode(page, site)
      await page.click('#use-recovery-code')
    },
  },
]
