import type { Page } from 'playwright-core'
import { enter } from './account-states.ts'
import { atGate } from './acts.ts'
import { harbor, type Site, sam, sprawl } from './site.ts'
import type { State } from './states.ts'

const PHONE =
  'Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1'

/** Signs Sam in by the REST API, as these programs. */
const signInAs = async ({ issuer }: Site, userAgents: readonly string[]): Promise<void> => {
  for (const userAgent of userAgents)
    await fetch(`${issuer}/auth/login`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', 'user-agent': userAgent },
      body: JSON.stringify({ email: sam.login, password: sam.password }),
    })
}

/** Allows these applications what they ask for. */
const allow = async (page: Page, site: Site, clients: readonly (typeof harbor)[]): Promise<void> => {
  for (const client of clients) {
    await page.route(`${client.redirectUri}*`, (route) => route.fulfill({ body: 'Arrived' }))
    await atGate(page, site, client)
    if ((await page.locator('#allow').count()) > 0) await page.click('#allow')
    await page.waitForURL(`${client.redirectUri}*`)
  }
}

/** The pages of devices and applications. */
export const deviceStates: State[] = [
  { name: 'account-devices', open: (page, site) => enter(page, site, '/account/devices', sam) },
  {
    name: 'account-devices-several',
    async open(page, site) {
      await signInAs(site, [PHONE, 'a-program-with-a-rather-long-name/1.0', '?'])
      await enter(page, site, '/account/devices', sam)
    },
  },
  { name: 'account-everywhere', open: (page, { issuer }) => page.goto(`${issuer}/account/signed-out`) },
  {
    name: 'account-applications',
    async open(page, site) {
      await enter(page, site)
      await allow(page, site, [harbor, sprawl])
      await page.goto(`${site.issuer}/account/applications`)
    },
  },
  {
    name: 'account-applications-end',
    open: (page, site) => enter(page, site, '/account/applications?page=99'),
  },
]
