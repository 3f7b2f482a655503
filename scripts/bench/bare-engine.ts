/**
 * The baseline: the same engine with its in-memory adapter, the same clients, algorithms and lifetimes, and nothing
 * of ours. Prints `READY`; signs everybody in and grants everything at its interaction.
 */
import { generateKeyPairSync } from 'node:crypto'
import Provider, { type Configuration } from 'oidc-provider'
import { api, client, port, redirectUri } from './subject.ts'

const signingKey = (type: 'ec' | 'rsa') => {
  const { privateKey } =
    type === 'ec'
      ? generateKeyPairSync('ec', { namedCurve: 'P-256' })
      : generateKeyPairSync('rsa', { modulusLength: 2048 })
  return { ...privateKey.export({ format: 'jwk' }), use: 'sig', alg: type === 'ec' ? 'ES256' : 'RS256' }
}

const configuration: Configuration = {
  jwks: { keys: [signingKey('ec'), signingKey('rsa')] },
  clients: [
    {
      client_id: client.id,
      client_secret: client.secret,
      redirect_uris: [redirectUri],
      grant_types: ['authorization_code', 'refresh_token', 'client_credentials'],
      id_token_signed_response_alg: 'ES256',
    },
  ],
  cookies: { keys: ['baseline'] },
  pkce: { required: () => true },
  rotateRefreshToken: () => true,
  issueRefreshToken: async (_ctx, asking) => asking.grantTypeAllowed('refresh_token'),
  ttl: {
    AccessToken: 600,
    AuthorizationCode: 60,
    ClientCredentials: 600,
    Grant: 86_400,
    IdToken: 600,
    Interaction: 600,
    RefreshToken: 86_400,
    Session: 86_400,
  },
  findAccount: (_ctx, sub) => ({ accountId: sub, claims: () => ({ sub }) }),
  loadExistingGrant: async ({ oidc }) => {
    const known = oidc.session?.grantIdFor(client.id)
    if (known) return oidc.provider.Grant.find(known)
    const grant = new oidc.provider.Grant({ accountId: oidc.account?.accountId, clientId: client.id })
    grant.addOIDCScope('openid')
    await grant.save()
    return grant
  },
  features: {
    devInteractions: { enabled: false },
    clientCredentials: { enabled: true },
    introspection: { enabled: true, allowedPolicy: () => true },
    revocation: { enabled: true },
    resourceIndicators: {
      enabled: true,
      useGrantedResource: () => true,
      getResourceServerInfo: () => ({
        scope: api.scope,
        accessTokenFormat: 'jwt',
        accessTokenTTL: 600,
        jwt: { sign: { alg: 'ES256' } },
      }),
    },
  },
  routes: {
    authorization: '/oauth2/authorize',
    token: '/oauth2/token',
    userinfo: '/oauth2/userinfo',
    introspection: '/oauth2/introspect',
    jwks: '/oauth2/jwks',
  },
  interactions: { url: (_ctx, { uid }) => `/interaction/${uid}` },
}

const provider = new Provider(`http://localhost:${port}`, configuration)
provider.use(async (ctx, next) => {
  if (!ctx.path.startsWith('/interaction/')) return next()
  ctx.redirect(await provider.interactionResult(ctx.req, ctx.res, { login: { accountId: 'bench' } }))
  ctx.status = 303
})
provider.listen(port, '127.0.0.1', () => process.stdout.write('READY\n'))
