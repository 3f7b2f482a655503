import type { Page } from 'playwright-core'
import { catalogue } from '../../src/errors.ts'
import { accountStates } from './account-states.ts'
import { ask, atGate, atRegister, forge, insist, signIn, trySignIn } from './acts.ts'
import { deviceStates } from './device-states.ts'
import { factorStates } from './factor-states.ts'
import { leavingStates } from './leaving-states.ts'
import { recoveryStates } from './recovery-states.ts'
import { authorizationUrl, harbor, kim, type Site, sprawl } from './site.ts'

/** A page in one of its states. */
export interface State {
  name: string
  /** Leads a fresh browser profile there. */
  open(page: Page, site: Site): Promise<unknown>
}

const signInStates: State[] = [
  { name: 'sign-in', open: atGate },
  { name: 'sign-in-long', open: (page, site) => atGate(page, site, sprawl) },
  {
    name: 'sign-in-wrong',
    async open(page, site) {
      await atGate(page, site)
      await trySignIn(page, kim.login, 'not the password')
      await page.locator('[data-error=login_failed]').waitFor()
    },
  },
  {
    name: 'sign-in-empty',
    async open(page, site) {
      await atGate(page, site)
      await insist(page, '#submit-login')
    },
  },
  {
    name: 'sign-in-forged',
    async open(page, site) {
      await atGate(page, site)
      await forge(page)
      await insist(page, '#submit-login')
    },
  },
  {
    name: 'sign-in-limited',
    async open(page, site) {
      await atGate(page, site)
      while ((await page.locator('[data-error=too_many_attempts]').count()) === 0)
        await trySignIn(page, 'nobody@example.com', 'not the password')
    },
  },
]

const registerStates: State[] = [
  { name: 'register', open: (page, { issuer }) => page.goto(`${issuer}/register`) },
  {
    name: 'register-in-sign-in',
    async open(page, site) {
      await atRegister(page, site)
      await page.fill('[name=password]', 'violet harbour at nightfall')
      await page.click('[data-reveal]')
    },
  },
  {
    name: 'register-faults',
    async open(page, site) {
      await atRegister(page, site)
      await page.fill('[name=email]', 'kim.example.com')
      await page.fill('[name=name]', 'K'.repeat(300))
      await page.fill('[name=password]', 'too short')
      await insist(page, '#submit-register')
    },
  },
  {
    name: 'register-taken',
    async open(page, { issuer }) {
      await page.goto(`${issuer}/register`)
      await page.fill('[name=email]', kim.login)
      await page.fill('[name=password]', 'violet harbour at nightfall')
      await insist(page, '#submit-register')
    },
  },
  {
    name: 'register-forged',
    async open(page, { issuer }) {
      await page.goto(`${issuer}/register`)
      await forge(page)
      await insist(page, '#submit-register')
    },
  },
  { name: 'registered', open: (page, { issuer }) => page.goto(`${issuer}/register/done`) },
]

const consentStates: State[] = [
  { name: 'consent', open: signIn },
  {
    name: 'consent-open',
    async open(page, site) {
      await signIn(page, site)
      for (const summary of await page.locator('summary').all()) await summary.click()
    },
  },
  { name: 'consent-long', open: (page, site) => signIn(page, site, sprawl) },
  { name: 'consent-unverified', open: (page, { showroom }) => page.goto(`${showroom}/consent`) },
]

const logoutStates: State[] = [
  {
    name: 'logout',
    async open(page, site) {
      await signIn(page, site)
      await page.goto(`${site.issuer}/oauth2/logout`)
    },
  },
  {
    name: 'logout-asked',
    async open(page, site) {
      await signIn(page, site)
      await page.goto(`${site.issuer}/oauth2/logout?client_id=${sprawl.clientId}`)
    },
  },
  {
    name: 'logged-out',
    async open(page, site) {
      await signIn(page, site)
      await page.goto(`${site.issuer}/oauth2/logout`)
      await page.click('#logout-yes')
      await page.locator('[role=status]').waitFor()
    },
  },
]

const errorStates: State[] = [
  {
    name: 'oauth-error',
    open: (page, { issuer }) =>
      page.goto(authorizationUrl(issuer, { ...harbor, redirectUri: 'https://elsewhere.example/callback' })),
  },
  { name: 'sign-in-over', open: (page, { issuer }) => page.goto(`${issuer}/interaction/over`) },
  { name: 'no-such-page', open: (page, { issuer }) => page.goto(`${issuer}/no-such-page`) },
  ...Object.keys(catalogue).map((code) => ({
    name: `error-${code.replaceAll('_', '-')}`,
    open: (page: Page, { showroom }: Site) => page.goto(`${showroom}/error/${code}`),
  })),
]

const playgroundStates: State[] = [
  { name: 'playground', open: (page, { issuer }) => page.goto(`${issuer}/playground`) },
  { name: 'playground-asked', open: ask },
  {
    name: 'playground-refused',
    async open(page, site) {
      await ask(page, site, { prompt: 'none' })
      await page.click('#continue')
      await page.locator('[data-error]').waitFor()
    },
  },
  {
    name: 'playground-run',
    async open(page, site) {
      await ask(page, site)
      await page.click('#continue')
      await trySignIn(page, kim.login, kim.password)
      await page.click('#allow')
      for (const action of ['userinfo', 'refresh', 'revoke']) {
        await page.click(`[data-action=${action}]`)
        await page.locator(`[data-step=${action}]`).waitFor()
      }
    },
  },
]

/** Every page in every state that a person can meet. */
export const states: readonly State[] = [
  { name: 'landing', open: (page, { issuer }) => page.goto(issuer) },
  { name: 'rest-docs', open: (page, { issuer }) => page.goto(`${issuer}/auth/docs`) },
  ...signInStates,
  ...registerStates,
  ...factorStates,
  ...recoveryStates,
  ...consentStates,
  ...logoutStates,
  ...errorStates,
  ...playgroundStates,
  ...accountStates,
  ...deviceStates,
  ...leavingStates,
]
