import type { Page } from 'playwright-core'
import { insist, trySignIn } from './acts.ts'
import { kim, type Site } from './site.ts'
import type { State } from './states.ts'

/** Opens a page of the account console, as Kim or somebody else. */
export const enter = async (page: Page, { issuer }: Site, path = '/account', person = kim): Promise<void> => {
  await page.goto(issuer + path)
  await trySignIn(page, person.login, person.password)
  await page.locator('#sign-out').waitFor()
}

const shown = (name: string, path: string): State => ({
  name,
  open: (page, site) => enter(page, site, path),
})

/** Sends a form of the console with fields that are no good. */
const refused = (name: string, path: string, fields: Record<string, string>, button: string): State => ({
  name,
  async open(page, site) {
    await enter(page, site, path)
    for (const [field, value] of Object.entries(fields)) await page.fill(`[name=${field}]`, value)
    await insist(page, button)
  },
})

/** The pages of the account console, and those around it. */
export const accountStates: State[] = [
  shown('account', '/account'),
  shown('account-profile', '/account/profile'),
  refused('account-profile-faults', '/account/profile', { name: 'K'.repeat(300) }, '#submit-profile'),
  shown('account-email', '/account/email'),
  refused('account-email-faults', '/account/email', { email: 'kim.example.com' }, '#submit-email'),
  shown('account-password', '/account/password'),
  refused(
    'account-password-faults',
    '/account/password',
    { current: 'x', password: 'too short' },
    '#submit-password',
  ),
  shown('account-security', '/account/security'),
  shown('account-activity', '/account/activity'),
  shown('account-activity-end', `/account/activity?before=${'0'.repeat(34)}`),
  shown('account-leave', '/account/leave'),
  refused('account-leave-faults', '/account/leave', { confirm: 'kim' }, '#submit-leave'),
  { name: 'account-left', open: (page, { issuer }) => page.goto(`${issuer}/account/left`) },
  { name: 'account-restore-over', open: (page, { issuer }) => page.goto(`${issuer}/account/restore`) },
  { name: 'account-restored', open: (page, { issuer }) => page.goto(`${issuer}/account/restore/done`) },
  { name: 'account-sign-in-failed', open: (page, { issuer }) => page.goto(`${issuer}/account/callback`) },
  {
    name: 'account-sign-in-cancelled',
    async open(page, { issuer }) {
      await page.goto(`${issuer}/account`)
      await page.click('#cancel')
      await page.locator('#sign-in').waitFor()
    },
  },
]
