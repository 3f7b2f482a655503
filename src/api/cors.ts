import type { Middleware } from 'koa'

const MAX_AGE = '600'

/**
 * Lets scripts of these origins call the API (Fetch standard, CORS protocol). Cookies play no part in it, so credentials
 * are never allowed.
 *
 * @param methods those that any operation has
 */
export const cors =
  (origins: readonly string[], methods: readonly string[]): Middleware =>
  async (ctx, next) => {
    const origin = ctx.get('origin')
    ctx.vary('Origin')
    if (origin === '' || !origins.includes(origin)) return next()
    ctx.set('Access-Control-Allow-Origin', origin)
    ctx.set('Access-Control-Expose-Headers', 'Retry-After, WWW-Authenticate')
    if (ctx.method !== 'OPTIONS' || ctx.get('access-control-request-method') === '') return next()
    ctx.set('Access-Control-Allow-Methods', methods.join(', '))
    ctx.set('Access-Control-Allow-Headers', 'Authorization, Content-Type')
    ctx.set('Access-Control-Max-Age', MAX_AGE)
    ctx.status = 204
  }
