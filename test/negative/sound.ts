import { expect } from 'vitest'
import { own, seed, shop, spa } from '../flows/subject.ts'
import type { Page } from '../support/browserless.ts'

/** Markup for every field that a page may show again. */
export const MARKUP = '"><x-markup onfocus=alert(1)>'
/** Where nothing may ever lead. */
export const STRANGER = 'https://evil.example'

/** An https client with two redirect URIs, one of them with a query. */
export const site = {
  clientId: 'site',
  redirectUri: 'https://site.example/callback',
  otherUri: 'https://site.example/callback?tenant=1',
}

/** The seed of the flow tests and this client. */
export const hostileSeed = {
  ...seed,
  clients: [
    ...seed.clients,
    {
      client_id: site.clientId,
      token_endpoint_auth_method: 'none',
      redirect_uris: [site.redirectUri, site.otherUri],
      post_logout_redirect_uris: ['https://site.example/bye'],
    },
  ],
}

/** What the clients have registered: the only places outside to which an answer may lead. */
const destinations = [
  shop.redirectUri,
  'http://localhost:4700/other',
  'http://localhost:4700/',
  spa.redirectUri,
  own.redirectUri,
  site.redirectUri,
  'https://site.example/bye',
]

const INSIDE = /^\s+at .+:\d+|node:internal|node_modules|\/src\/|\.ts:\d+/m

const isKnown = (target: string, issuer: string): boolean => {
  const url = new URL(target)
  return url.origin === new URL(issuer).origin || destinations.includes(url.origin + url.pathname)
}

/**
 * Expects of an answer what holds for every answer to whatever input (docs/security-tests.md): no failure, nothing of
 * the inside, no way to a stranger, no markup of the attacker, no cookie for scripts or for other sites.
 */
export const expectSound = (issuer: string, page: Page): void => {
  const where = `${page.status} ${page.url}`
  expect(page.status, where).toBeLessThan(500)
  expect(page.html, where).not.toMatch(INSIDE)
  expect(page.html, where).not.toContain('<x-markup')
  expect(page.html, where).not.toMatch(/http-equiv=["']?refresh/i)
  const targets = page.select('form').map(({ attributes }) => new URL(attributes.action ?? '', page.url).href)
  for (const target of [page.location ?? page.url, ...targets]) {
    expect(isKnown(target, issuer), `${where} leads to ${target}`).toBe(true)
  }
  for (const cookie of [page.headers['set-cookie'] ?? []].flat()) {
    if (/^[^=]+=;/.test(cookie)) continue
    expect(cookie, where).toMatch(/; httponly/i)
    expect(cookie, where).toMatch(/; samesite=lax/i)
  }
}

/** An error for a person: 400 or another `status`, on our own origin, nothing sent to a client. */
export const expectErrorPage = (page: Page, error: string, status = 400): void => {
  expect([page.status, page.location], page.url).toEqual([status, undefined])
  expect(page.headers['content-type']).toMatch(/^text\/html/)
  expect(page.headers['cache-control']).toBe('no-store')
  expect(page.select('[role=alert]')[0]?.attributes['data-error']).toBe(error)
}

/** An error for a program (RFC 6749 §5.2). */
export const expectJsonError = (page: Page, status: number, error: string): void => {
  expect([page.status, JSON.parse(page.html)], page.url).toMatchObject([status, { error }])
  expect(page.headers['cache-control'], page.url).toBe('no-store')
}
