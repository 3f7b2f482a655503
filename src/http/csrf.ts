import { createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import type { IncomingHttpHeaders } from 'node:http'
import type { Context } from 'koa'
import { refuse } from '../errors.ts'
import { readCookie, setCookie } from './cookies.ts'

export interface CsrfOptions {
  issuer: string
  /** The first makes tokens, all are accepted, so that keys can be rotated. */
  keys: readonly string[]
}

/** Proof that a form came from one of our own pages, shown to this browser (OWASP CSRF, signed double submit). */
export interface Csrf {
  /** The hidden field for a form of this interaction; base64url, always 43 characters. */
  interactionToken(uid: string): string
  /** The same for a page outside of an interaction; sets its cookie at first sight. */
  browserToken(ctx: Context): string
  /** The same for a page of the account console, with the id of its session. */
  consoleToken(sessionId: string): string
  /** @throws Refusal `csrf` unless the browser says that the request comes from our own origin */
  requireSameOrigin(ctx: Context): void
  /** @throws Refusal `csrf` unless `token` was made for this interaction */
  requireInteraction(uid: string, token: string | undefined): void
  /** @throws Refusal `csrf` unless `token` was made for this session of the console */
  requireConsole(sessionId: string, token: string | undefined): void
  /** @throws Refusal `csrf` unless `token` was made for the cookie of this browser */
  requireBrowser(ctx: Context, token: string | undefined): void
}

/**
 * Tells whether a form was sent by a page of ours (Fetch Metadata §2.1): only our own origin will do; `same-site` may be
 * another application of the company, `none` is not a form. Where the header is absent (a plain http origin), Origin
 * speaks.
 *
 * @param origin the issuer's
 */
export const sameOrigin =
  (origin: string) =>
  (headers: IncomingHttpHeaders): boolean => {
    const site = headers['sec-fetch-site']
    return site ? site === 'same-origin' : headers.origin === origin
  }

export const csrf = ({ issuer, keys }: CsrfOptions): Csrf => {
  const { origin, protocol } = new URL(issuer)
  const secure = protocol === 'https:'
  const isOwn = sameOrigin(origin)
  const cookie = secure ? '__Host-gatehouse_csrf' : 'gatehouse_csrf'
  const tokens = (binding: string) =>
    keys.map((key) => createHmac('sha256', key).update(`csrf ${binding}`).digest('base64url'))
  const make = (binding: string): string => {
    const [token] = tokens(binding)
    if (token === undefined) throw new Error('csrf needs a key')
    return token
  }
  const requireToken = (binding: string, given: string | undefined): void => {
    const actual = Buffer.from(given ?? '')
    const fits = tokens(binding).some((token) => {
      const expected = Buffer.from(token)
      return expected.length === actual.length && timingSafeEqual(expected, actual)
    })
    if (!fits) throw refuse('csrf')
  }
  return {
    interactionToken: (uid) => make(`interaction ${uid}`),
    browserToken(ctx) {
      const known = readCookie(ctx, cookie)
      const id = known ?? randomBytes(32).toString('base64url')
      if (known === undefined) setCookie(ctx, cookie, id, { secure })
      return make(`browser ${id}`)
    },
    consoleToken: (sessionId) => make(`console ${sessionId}`),
    requireSameOrigin(ctx) {
      if (!isOwn(ctx.headers)) throw refuse('csrf')
    },
    requireInteraction: (uid, token) => requireToken(`interaction ${uid}`, token),
    requireConsole: (sessionId, token) => requireToken(`console ${sessionId}`, token),
    requireBrowser(ctx, token) {
      const id = readCookie(ctx, cookie)
      if (id === undefined) throw refuse('csrf')
      requireToken(`browser ${id}`, token)
    },
  }
}
