/** Lifetime and path are added where it is set. */
export const COOKIE_OPTIONS = {
  httpOnly: true,
  sameSite: 'lax',
  signed: true,
  overwrite: true,
} as const

/**
 * The cookie of a browser session. `__Host-` binds it to this host (RFC 6265bis §4.1.3.2).
 *
 * @param secure the issuer is https
 */
export const sessionCookie = (secure: boolean) => ({
  name: secure ? '__Host-gatehouse_session' : 'gatehouse_session',
  options: { ...COOKIE_OPTIONS, secure, path: '/' },
})
