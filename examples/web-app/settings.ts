const { env } = process
const port = Number(env.PORT ?? 4000)
const origin = env.ORIGIN ?? `http://localhost:${port}`

/** Everything that changes between machines; the defaults fit Gatehouse's development server. */
export const settings = {
  port,
  /** Where people reach this site. Never taken from the Host header, which anybody can forge. */
  origin,
  redirectUri: `${origin}/callback`,
  issuer: env.ISSUER ?? 'http://localhost:3000',
  clientId: env.CLIENT_ID ?? 'demo-web',
  clientSecret: env.CLIENT_SECRET ?? 'demo-web-secret',
  ordersApi: env.ORDERS_API ?? 'http://localhost:4002/orders',
}

export type Settings = typeof settings
