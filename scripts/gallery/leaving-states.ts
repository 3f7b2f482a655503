import type { Page } from 'playwright-core'
import { atGate, trySignIn } from './acts.ts'
import { pat, type Site } from './site.ts'

/** Milliseconds; a proof of the very second in which all sessions ended counts as older than that. */
const NEXT_SECOND = 1_100

/** Asks for the end of the account, unless that was done before. */
const askToLeave = async (page: Page, { issuer }: Site): Promise<void> => {
  await page.goto(`${issuer}/account/leave`)
  await trySignIn(page, pat.login, pat.password)
  await page.locator('#submit-leave, #keep-account').waitFor()
  if (await page.locator('#keep-account').isVisible()) return
  await page.fill('[name=confirm]', pat.login)
  await page.click('#submit-leave')
  await page.waitForURL(`${issuer}/account/left`)
  await page.waitForTimeout(NEXT_SECOND)
}

/** Pages for who comes back before the account is removed. */
export const leavingStates = [
  {
    name: 'restore',
    async open(page: Page, site: Site) {
      await askToLeave(page, site)
      await atGate(page, site)
      await trySignIn(page, pat.login, pat.password)
      await page.locator('#keep-account').waitFor()
    },
  },
]
