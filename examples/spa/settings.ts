const { env } = process
const port = Number(env.PORT ?? 4001)
const origin = env.ORIGIN ?? `http://localhost:${port}`

/** What the pages read from /settings.json. Nothing here is secret: a public client has no secret. */
export const settings = {
  port,
  issuer: env.ISSUER ?? 'http://localhost:3000',
  clientId: env.CLIENT_ID ?? 'demo-spa',
  origin,
  redirectUri: `${origin}/callback`,
  ordersApi: env.ORDERS_API ?? 'http://localhost:4002/orders',
}
