import type { Seed } from './schema.ts'

const ORDERS = 'http://localhost:4002/orders'
const READ_AND_WRITE = ['orders:read', 'orders:write']

/** The hosts are two origins to a browser; a developer types either. */
const originsAt = (port: number): string[] => [`http://localhost:${port}`, `http://127.0.0.1:${port}`]
const callbacks = (origins: readonly string[]): string[] => origins.map((origin) => `${origin}/callback`)

/** What the development start has, so that the examples and the playground work at once. */
export const demoSeed = (issuer: string): Seed => {
  const web = originsAt(4000)
  const spa = originsAt(4001)
  return {
    resources: [
      { identifier: ORDERS, name: 'Orders', permissions: READ_AND_WRITE, access_token_format: 'jwt' },
    ],
    roles: [{ name: 'customer', permissions: { [ORDERS]: ['orders:read'] }, default: true }],
    clients: [
      {
        ...application('demo-web', 'Demo web app', callbacks(web), web),
        token_endpoint_auth_method: 'client_secret_basic',
        client_secret: 'demo-web-secret',
      },
      {
        ...application('demo-spa', 'Demo single-page app', callbacks(spa), spa),
        token_endpoint_auth_method: 'none',
      },
      {
        client_id: 'demo-service',
        client_name: 'Demo service',
        token_endpoint_auth_method: 'client_secret_basic',
        client_secret: 'demo-service-secret',
        grant_types: ['client_credentials'],
        permissions: { [ORDERS]: READ_AND_WRITE },
        may_introspect: true,
      },
      {
        ...application('playground', 'Playground', [`${issuer}/playground`], [`${issuer}/playground`]),
        token_endpoint_auth_method: 'none',
      },
    ],
    accounts: [],
  }
}

const application = (id: string, name: string, redirectUris: string[], postLogoutRedirectUris: string[]) => ({
  client_id: id,
  client_name: name,
  redirect_uris: redirectUris,
  post_logout_redirect_uris: postLogoutRedirectUris,
  grant_types: ['authorization_code' as const, 'refresh_token' as const],
  permissions: { [ORDERS]: READ_AND_WRITE },
})

/** Ids that no seed may use in development. */
export const demoClientIds = demoSeed('').clients.map(({ client_id }) => client_id)
