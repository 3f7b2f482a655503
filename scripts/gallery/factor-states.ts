import { generateSync } from 'otplib'
import type { Page } from 'playwright-core'
import { atRegister, insist, trySignIn } from './acts.ts'
import { authorizationUrl, harbor, type Site, usual } from './site.ts'

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

export const factorStates = [
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
