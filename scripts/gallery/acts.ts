import type { Page } from 'playwright-core'
import { authorizationUrl, everything, harbor, kim, type Site, usual } from './site.ts'

/** Presses a button of a form that the browser itself would not have sent. */
export const insist = async (page: Page, button: string): Promise<void> => {
  await page.evaluate('for (const form of document.forms) form.noValidate = true')
  await page.click(button)
  await page.locator('[data-error], .fault').first().waitFor()
}

/** Makes the proof of origin of the form a wrong one. */
export const forge = (page: Page): Promise<unknown> =>
  page.evaluate(`document.querySelector('[name=csrf]').value = 'forged'`)

/** Goes where an application sends a person. */
export const atGate = (page: Page, { issuer }: Site, client = harbor): Promise<unknown> =>
  page.goto(authorizationUrl(issuer, client, client === harbor ? usual : everything))

/** Fills in the sign-in page and sends it. */
export const trySignIn = async (page: Page, login: string, password: string): Promise<void> => {
  await page.fill('[name=login]', login)
  await page.fill('[name=password]', password)
  await page.click('#submit-login')
}

/** Signs Kim in, up to the consent page. */
export const signIn = async (page: Page, site: Site, client = harbor): Promise<void> => {
  await atGate(page, site, client)
  await trySignIn(page, kim.login, kim.password)
  await page.locator('#allow').waitFor()
}

/** Goes to registration within a sign-in. */
export const atRegister = async (page: Page, site: Site): Promise<void> => {
  await atGate(page, site)
  await page.click('#to-register')
}

/** Starts a run of the playground, with these fields filled in. */
export const ask = async (
  page: Page,
  { issuer }: Site,
  options: Record<string, string> = {},
): Promise<void> => {
  await page.goto(`${issuer}/playground`)
  for (const [name, value] of Object.entries(options)) await page.fill(`#${name}`, value)
  await page.click('#start')
  await page.locator('[data-step=ask]').waitFor()
}
