import { isScale, startDeployment } from '../support/deployment.ts'
import { type RunningServer, type ServerOptions, startServer } from '../support/server.ts'

/** What the flow tests are about: two applications, a service, an API and a few people. */
export const API = 'https://orders.example/api'
export const OPAQUE_API = 'https://ledger.example/api'
const PERMISSIONS = ['orders:read', 'orders:write']

export const shop = {
  clientId: 'shop',
  clientSecret: 'the-secret-of-the-shop-is-long-enough',
  redirectUri: 'http://localhost:4700/callback',
}
export const spa = { clientId: 'spa', redirectUri: 'http://localhost:4701/callback' }
/** First-party: no consent, a refresh token without asking. */
export const own = {
  clientId: 'own',
  clientSecret: 'the-secret-of-our-own-application-is-long',
  redirectUri: 'http://localhost:4702/callback',
}
export const service = { clientId: 'service', clientSecret: 'the-secret-of-the-service-is-long-enough' }
/** The API itself: may introspect its own tokens, and those of no other. */
export const ledger = { clientId: 'ledger', clientSecret: 'the-secret-of-the-ledger-is-long-enough' }

export const kim = { login: 'kim@example.com', password: 'amber lantern on the quay' }
export const lou = { login: 'lou@example.com', password: 'violet harbour at nightfall' }

const web = ['authorization_code', 'refresh_token']

/** The seed of the flow tests; `kim` may read orders, `lou` nothing. */
export const seed = {
  resources: [
    { identifier: API, name: 'Orders', permissions: PERMISSIONS },
    {
      identifier: OPAQUE_API,
      name: 'Ledger',
      permissions: ['ledger:read'],
      access_token_format: 'opaque',
    },
  ],
  roles: [
    { name: 'reader', permissions: { [API]: ['orders:read'], [OPAQUE_API]: ['ledger:read'] } },
    { name: 'idle', permissions: {} },
  ],
  clients: [
    {
      client_id: shop.clientId,
      client_secret: shop.clientSecret,
      client_name: 'Harbor Travel',
      redirect_uris: [shop.redirectUri, 'http://localhost:4700/other'],
      post_logout_redirect_uris: ['http://localhost:4700'],
      grant_types: web,
      permissions: { [API]: PERMISSIONS, [OPAQUE_API]: ['ledger:read'] },
    },
    {
      client_id: spa.clientId,
      token_endpoint_auth_method: 'none',
      redirect_uris: [spa.redirectUri],
      grant_types: web,
      permissions: { [API]: ['orders:read'] },
    },
    {
      client_id: own.clientId,
      client_secret: own.clientSecret,
      redirect_uris: [own.redirectUri],
      grant_types: web,
      first_party: true,
      permissions: { [API]: PERMISSIONS },
    },
    {
      client_id: service.clientId,
      client_secret: service.clientSecret,
      redirect_uris: [],
      grant_types: ['client_credentials'],
      permissions: { [API]: ['orders:write'] },
      may_introspect: true,
    },
    {
      client_id: ledger.clientId,
      client_secret: ledger.clientSecret,
      redirect_uris: [],
      grant_types: ['client_credentials'],
      permissions: {},
      may_introspect: [OPAQUE_API],
    },
  ],
  accounts: [
    {
      email: kim.login,
      password: kim.password,
      name: 'Kim',
      email_verified: true,
      roles: ['reader', 'idle'],
    },
    { email: lou.login, password: lou.password, name: 'Lou' },
  ],
}

/** The seed with more clients, for tests that need one of another kind. */
export const seedWith = (clients: object[]): object => ({ ...seed, clients: [...seed.clients, ...clients] })

/** A fresh server with this seed: one process, or in scale mode three that take turns. */
export const startSubject = (options: ServerOptions = {}): Promise<RunningServer> =>
  (isScale ? startDeployment : startServer)({ seed, ...options })

/** Form fields of a request at the token, introspection or revocation endpoint, with client authentication. */
export const post = async (
  server: Pick<RunningServer, 'issuer'>,
  path: string,
  fields: Record<string, string> | [string, string][],
  client?: { clientId: string; clientSecret?: string },
  headers: Record<string, string> = {},
): Promise<{ status: number; headers: Headers; body: Record<string, unknown> }> => {
  const authorization: Record<string, string> =
    client?.clientSecret === undefined
      ? {}
      : {
          authorization: `Basic ${Buffer.from(`${client.clientId}:${client.clientSecret}`).toString('base64')}`,
        }
  const body = new URLSearchParams(fields)
  if (client && client.clientSecret === undefined) body.set('client_id', client.clientId)
  const answer = await fetch(server.issuer + path, {
    method: 'POST',
    headers: { ...authorization, accept: 'application/json', ...headers },
    body,
  })
  const text = await answer.text()
  return { status: answer.status, headers: answer.headers, body: text === '' ? {} : JSON.parse(text) }
}
