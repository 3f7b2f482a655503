const { env } = process
const port = Number(env.PORT ?? 4003)

/** Everything that changes between machines; the defaults fit Gatehouse's development server. */
export const settings = {
  port,
  /** Where people reach this service. Never taken from the Host header, which anybody can forge. */
  origin: env.ORIGIN ?? `http://localhost:${port}`,
  issuer: env.ISSUER ?? 'http://localhost:3000',
  /** An API that accepts the tokens of `/auth/login`: its identifier is Gatehouse's DEFAULT_RESOURCE. */
  ordersApi: env.ORDERS_API ?? 'http://localhost:4002/api',
}
