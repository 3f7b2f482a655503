import type { Context } from 'koa'

export interface CookieOptions {
  /** From ISSUER's scheme, never from the connection, which may end at a proxy. */
  secure: boolean
  path?: string
  /** Seconds; without it the cookie ends with the browser session. */
  maxAge?: number
}

/** Reads a cookie by its plain name; a value that is not a token of RFC 6265 §4.1.1 is as good as none. */
export const readCookie = (ctx: Context, name: string): string | undefined => {
  for (const pair of ctx.get('cookie').split(';')) {
    const [key, value = ''] = pair.trim().split('=', 2)
    if (key === name && /^[\w.~-]{1,512}$/.test(value)) return value
  }
  return undefined
}

/**
 * Adds a cookie that scripts cannot read and other sites do not send (ASVS 3.3.1, 3.3.3). Koa's own setter throws on a
 * Secure cookie when TLS ends at a proxy; this one follows the issuer.
 *
 * @param value letters, digits and `-._~` only
 */
export const setCookie = (ctx: Context, name: string, value: string, options: CookieOptions): void => {
  const { secure, path = '/', maxAge } = options
  const attributes = [
    `${name}=${value}`,
    `Path=${path}`,
    ...(maxAge === undefined ? [] : [`Max-Age=${maxAge}`]),
    'HttpOnly',
    'SameSite=Lax',
    ...(secure ? ['Secure'] : []),
  ]
  ctx.append('Set-Cookie', attributes.join('; '))
}
