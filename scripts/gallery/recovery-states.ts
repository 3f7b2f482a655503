import type { Page } from 'playwright-core'
import { forge, insist } from './acts.ts'
import type { Site } from './site.ts'

const PASSWORD = 'violet harbour at nightfall'

/** Registers somebody new, and opens the link of the letter. */
const atVerify = async (page: Page, { issuer, linkTo }: Site): Promise<string> => {
  const email = `verify-${crypto.randomUUID()}@example.com`
  await page.goto(`${issuer}/register`)
  await page.fill('[name=email]', email)
  await page.fill('[name=password]', PASSWORD)
  await page.click('#submit-register')
  await page.locator('[role=status] h1').waitFor()
  await page.goto(await linkTo(email))
  await page.locator('#submit-verify').waitFor()
  return email
}

const askFor = async (page: Page, { issuer }: Site, email: string): Promise<void> => {
  await page.goto(`${issuer}/recover`)
  await page.fill('[name=email]', email)
  await page.click('#submit-recover')
  await page.locator('[role=status] h1').waitFor()
}

/** Opens the link for a new password of somebody new. */
const atReset = async (page: Page, site: Site): Promise<void> => {
  const email = await atVerify(page, site)
  await askFor(page, site, email)
  await page.goto(await site.linkTo(email))
  await page.locator('#submit-reset').waitFor()
}

/** The pages of a forgotten password and of the links in letters. */
export const recoveryStates = [
  { name: 'recover', open: (page: Page, { issuer }: Site) => page.goto(`${issuer}/recover`) },
  {
    name: 'recover-fault',
    async open(page: Page, { issuer }: Site) {
      await page.goto(`${issuer}/recover`)
      await page.fill('[name=email]', 'kim.example.com')
      await insist(page, '#submit-recover')
    },
  },
  {
    name: 'recover-forged',
    async open(page: Page, { issuer }: Site) {
      await page.goto(`${issuer}/recover`)
      await forge(page)
      await insist(page, '#submit-recover')
    },
  },
  {
    name: 'recover-sent',
    open: (page: Page, site: Site) => askFor(page, site, `a-rather-long-name-${'o'.repeat(40)}@example.com`),
  },
  { name: 'recover-sent-plain', open: (page: Page, { issuer }: Site) => page.goto(`${issuer}/recover/sent`) },
  { name: 'register-sent', open: (page: Page, { issuer }: Site) => page.goto(`${issuer}/register/sent`) },
  { name: 'reset', open: atReset },
  {
    name: 'reset-fault',
    async open(page: Page, site: Site) {
      await atReset(page, site)
      await page.fill('[name=password]', 'too short')
      await insist(page, '#submit-reset')
    },
  },
  { name: 'reset-over', open: (page: Page, { issuer }: Site) => page.goto(`${issuer}/reset?token=over`) },
  { name: 'reset-done', open: (page: Page, { issuer }: Site) => page.goto(`${issuer}/reset/done`) },
  { name: 'verify', open: atVerify },
  {
    name: 'verify-fault',
    async open(page: Page, site: Site) {
      await atVerify(page, site)
      await insist(page, '#submit-verify')
    },
  },
  { name: 'verify-over', open: (page: Page, { issuer }: Site) => page.goto(`${issuer}/verify?token=over`) },
  { name: 'verify-done', open: (page: Page, { issuer }: Site) => page.goto(`${issuer}/verify/done`) },
  {
    name: 'confirm-registration',
    open: (page: Page, { showroom }: Site) => page.goto(`${showroom}/confirm-registration`),
  },
  {
    name: 'confirm-address',
    open: (page: Page, { showroom }: Site) => page.goto(`${showroom}/confirm-address`),
  },
  {
    name: 'address-done',
    open: (page: Page, { issuer }: Site) => page.goto(`${issuer}/account/address/done`),
  },
]
