const { env } = process
const issuer = env.ISSUER ?? 'http://localhost:3000'
const port = Number(env.PORT ?? 4004)

/** Everything that changes between machines; the defaults fit a Gatehouse beside it with `seed.json`. */
export const settings = {
  port,
  issuer,
  /** Who we are (RFC 8707): what a token must have as its `aud`. */
  resource: env.RESOURCE ?? `http://localhost:${port}/orders`,
  jwksUri: env.JWKS_URI ?? `${issuer}/oauth2/jwks`,
  /** As whom we ask for decisions. */
  clientId: env.CLIENT_ID ?? 'orders-service',
  clientSecret: env.CLIENT_SECRET ?? 'the-secret-of-the-orders-service',
}

export type Settings = typeof settings
