/** Absolute addresses of our pages, for what leaves this server: letters and answers to other programs. */
export interface Links {
  verify(token: string): string
  register(token: string): string
  reset(token: string): string
  newAddress(token: string): string
  undoDeletion(token: string): string
  recover(): string
  security(): string
  account(): string
}

/**
 * Links rest on the configured issuer alone: what a request says about its host reaches no letter.
 *
 * @param issuer without a slash at its end; a path in it is kept
 */
export const links = (issuer: string): Links => {
  const page =
    (path: string) =>
    (token?: string): string =>
      token === undefined ? issuer + path : `${issuer}${path}?token=${encodeURIComponent(token)}`
  return {
    verify: page('/verify'),
    register: page('/register/confirm'),
    reset: page('/reset'),
    newAddress: page('/account/address'),
    undoDeletion: page('/account/restore'),
    recover: page('/recover'),
    security: page('/account/security'),
    account: page('/account'),
  }
}
