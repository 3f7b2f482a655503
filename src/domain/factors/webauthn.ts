/** The library, loaded with the first ceremony: it takes 30 MB, and many a server never has one. */
export const webauthn = () => import('@simplewebauthn/server')

/** Its readers of what authenticators write. */
export const webauthnFormats = () => import('@simplewebauthn/server/helpers')
