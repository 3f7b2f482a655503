import type { Context, Middleware } from 'koa'

/** How a page may behave in the browser; what is not named here is the same for all pages. */
export interface PagePolicy {
  /**
   * `engine`: a submit may end at an application, and Chromium applies `form-action` to the whole chain of redirects
   * (w3c/webappsec-csp#8), so the directive is left out. `own`: forms stay here. `none`: there is no form.
   */
  forms: 'engine' | 'own' | 'none'
  /** A script of the page calls our own endpoints. */
  connects?: boolean
  /** The page shows another one of ours in a frame. */
  frames?: boolean
}

const contentSecurityPolicy = ({ forms, connects = false, frames = false }: PagePolicy): string =>
  [
    "default-src 'none'",
    "style-src 'self'",
    "img-src 'self' data:",
    "script-src 'self'",
    ...(connects ? ["connect-src 'self'"] : []),
    ...(frames ? ["frame-src 'self'"] : []),
    "base-uri 'none'",
    "frame-ancestors 'none'",
    ...(forms === 'engine' ? [] : ["form-action 'self'"]),
  ].join('; ')

const PERMISSIONS =
  'accelerometer=(), camera=(), display-capture=(), geolocation=(), gyroscope=(), magnetometer=(), microphone=(), midi=(), payment=(), usb=()'
const YEAR = 365 * 24 * 60 * 60

/**
 * Headers of every answer, set before anything else runs. What may become a page has those of a page from the start, so
 * that an error has them, too, and the engine can add the hash of its own script where it answers by form_post; what
 * answers programs is spared them.
 *
 * @param options.secure the issuer is https; only then is HSTS promised (ASVS 3.4.1)
 * @param options.isMachine whether the path answers programs only
 */
export const baseHeaders =
  ({ secure, isMachine }: { secure: boolean; isMachine: (path: string) => boolean }): Middleware =>
  (ctx, next) => {
    ctx.set('X-Content-Type-Options', 'nosniff')
    ctx.set('Cache-Control', 'no-store')
    if (secure) ctx.set('Strict-Transport-Security', `max-age=${YEAR}`)
    if (!isMachine(ctx.path)) {
      pageHeaders(ctx, { forms: 'engine' })
      ctx.set('Referrer-Policy', 'no-referrer')
    }
    return next()
  }

/**
 * Headers of one page. A page with a form keeps `same-origin` referrers: under `no-referrer` Chromium sends
 * `Origin: null` with our own forms (N-16). Pages of a sign-in keep `window.opener` for applications that open it in
 * a popup (ASVS 3.4.8).
 */
export const pageHeaders = (ctx: Context, policy: PagePolicy): void => {
  ctx.set({
    'Content-Security-Policy': contentSecurityPolicy(policy),
    'X-Frame-Options': 'DENY',
    'Permissions-Policy': PERMISSIONS,
    'Referrer-Policy': policy.forms === 'none' ? 'no-referrer' : 'same-origin',
    'Cross-Origin-Opener-Policy': policy.forms === 'engine' ? 'unsafe-none' : 'same-origin',
    'Cache-Control': 'no-store',
  })
}
