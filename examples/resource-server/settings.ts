const { env } = process
const issuer = env.ISSUER ?? 'http://localhost:3000'
const port = Number(env.PORT ?? 4002)

/** Everything that changes between machines; the defaults fit Gatehouse's development server. */
export const settings = {
  port,
  issuer,
  /** Who we are (RFC 8707): what a token must have as its `aud`. */
  resource: env.RESOURCE ?? `http://localhost:${port}/orders`,
  jwksUri: env.JWKS_URI ?? `${issuer}/oauth2/jwks`,
  /** Web origins whose pages may call us from a browser. */
  allowedOrigins: (env.ALLOWED_ORIGINS ?? 'http://localhost:4001,http://127.0.0.1:4001').split(','),
}

export type Settings = typeof settings
