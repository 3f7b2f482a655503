import type { Context } from 'koa'
import { parseEmail } from '../../domain/email.ts'
import { readCookie, setCookie } from '../../http/cookies.ts'

/** Seconds. */
const LIFETIME = 600
/** Characters of a cookie that is read. */
const LONGEST = 512

const nameOf = (secure: boolean): string => (secure ? '__Host-gatehouse_typed' : 'gatehouse_typed')

/** Remembers for a moment what was typed, so that the next page can repeat it without an address in the URL. */
export const rememberTyped = (ctx: Context, email: string, secure: boolean): void => {
  const value = Buffer.from(email).toString('base64url')
  if (value.length <= LONGEST) setCookie(ctx, nameOf(secure), value, { secure, maxAge: LIFETIME })
}

/** What was typed a moment ago in this browser. */
export const typedAddress = (ctx: Context, secure: boolean): string | undefined => {
  const value = readCookie(ctx, nameOf(secure))
  return value === undefined ? undefined : parseEmail(Buffer.from(value, 'base64url').toString())?.email
}
