import type { Configuration, JWKS } from 'oidc-provider'
import type { LivingConsents } from '../domain/clients/living-consents.ts'
import type { AccountStore, Clock } from '../domain/ports.ts'
import { claimsByScope, findAccount } from './accounts.ts'
import { ONE_FACTOR, TWO_FACTORS } from './acr.ts'
import { adapterFactory } from './adapter.ts'
import type { AdapterParts } from './adapter-parts.ts'
import type { ApiAccess } from './api-access.ts'
import { assertionAllowed } from './client-assertion.ts'
import { logoutPages, renderError } from './engine-pages.ts'
import { isFirstParty, loadGrant } from './grants.ts'
import type { EngineViews } from './interactions.ts'
import { type Lifetimes, lifetimes } from './lifetimes.ts'
import { outgoing } from './outgoing.ts'
import * as policies from './policies.ts'
import { resourceServerInfo } from './resources.ts'
import { loginPolicy, type SecondFactorPolicyParts } from './second-factor-policy.ts'
import { COOKIE_OPTIONS, sessionCookie } from './session-cookie.ts'
import { tokenClaims } from './token-claims.ts'

export interface ConfigurationParts {
  /** Private signing keys, the one that signs first. */
  jwks: JWKS
  cookieKeys: string[]
  /** https issuer: cookies are Secure and the session cookie is bound to the host. */
  secure: boolean
  ttl: Lifetimes
  now: Clock
  /** 32 bytes, the same in every process. */
  dpopNonceSecret: Buffer
  adapter: AdapterParts
  accounts: Pick<AccountStore, 'find' | 'present'>
  demand: SecondFactorPolicyParts['demand']
  consents: LivingConsents
  access: ApiAccess
  views: EngineViews
  /** CIDR ranges and addresses that outgoing fetches may reach although private. */
  outboundAllow: string[]
}

/** Every setting of the engine, so that none of its defaults decides anything. */
export const configuration = (parts: ConfigurationParts): Configuration => ({
  adapter: adapterFactory(parts.adapter),
  jwks: parts.jwks,
  findAccount: findAccount(parts.accounts, parts.access),
  loadExistingGrant: loadGrant(parts),
  ttl: lifetimes(parts.ttl, parts.now),
  cookies: cookies(parts),
  features: features(parts),
  ...protocol,
  ...tokens(parts),
  assertJwtClientAuthClaimsAndHeader: assertionAllowed({ now: parts.now, clockTolerance: CLOCK_TOLERANCE }),
  clientBasedCORS: policies.corsAllowed,
  fetch: outgoing(parts.outboundAllow),
  fetchResponseBodyLimits: { jwks_uri: 65_536, sector_identifier_uri: 65_536 },
  interactions: {
    policy: loginPolicy(parts),
    url: (_ctx, interaction) => `/interaction/${interaction.uid}`,
  },
  renderError: renderError(parts.views),
  routes,
})

const routes = {
  authorization: '/oauth2/authorize',
  token: '/oauth2/token',
  userinfo: '/oauth2/userinfo',
  introspection: '/oauth2/introspect',
  revocation: '/oauth2/revoke',
  jwks: '/oauth2/jwks',
  pushed_authorization_request: '/oauth2/par',
  registration: '/oauth2/register',
  end_session: '/oauth2/logout',
  device_authorization: '/oauth2/device_authorization',
  backchannel_authentication: '/oauth2/ciba',
  code_verification: '/device',
}

/** Seconds; the conformance suite accepts up to 10 s ahead and refuses over 60. */
const CLOCK_TOLERANCE = 12

const protocol = {
  acrValues: [ONE_FACTOR, TWO_FACTORS],
  allowOmittingSingleRegisteredRedirectUri: false,
  clientAuthMethods: ['client_secret_basic', 'client_secret_post', 'private_key_jwt', 'none'],
  clientDefaults: {
    grant_types: ['authorization_code'],
    id_token_signed_response_alg: 'ES256',
    response_types: ['code'],
    token_endpoint_auth_method: 'client_secret_basic',
    response_modes: ['query', 'form_post'],
  },
  clockTolerance: CLOCK_TOLERANCE,
  conformIdTokenClaims: true,
  discovery: { response_modes_supported: ['query', 'form_post'], ui_locales_supported: ['en', 'ru'] },
  enabledJWA: {
    idTokenSigningAlgValues: ['ES256', 'RS256'],
    clientAuthSigningAlgValues: ['ES256', 'PS256', 'RS256', 'Ed25519', 'EdDSA'],
    dPoPSigningAlgValues: ['ES256', 'Ed25519', 'EdDSA'],
  },
  enableHttpPostMethods: false,
  extraClientMetadata: { properties: ['first_party', 'may_introspect', 'self_registered'] },
  extraParams: [],
  pkce: { required: () => true },
  responseTypes: ['code'],
  revokeGrantPolicy: () => true,
  rotateRefreshToken: () => true,
  scopes: ['openid', 'offline_access', 'profile', 'email', 'roles'],
  subjectTypes: ['public'],
} satisfies Configuration

const tokens = ({ access, now }: ConfigurationParts) =>
  ({
    claims: { ...claimsByScope, openid: [...claimsByScope.openid, 'roles'] },
    expiresWithSession: policies.expiresWithSession,
    extraTokenClaims: tokenClaims(access, now),
    formats: { bitsOfOpaqueRandomness: 256, customizers: {} },
    issueRefreshToken: policies.refreshTokenIssued(isFirstParty),
  }) satisfies Configuration

const features = ({ access, ttl, views, dpopNonceSecret, now }: ConfigurationParts) =>
  ({
    backchannelLogout: { enabled: true },
    ciba: { enabled: false },
    claimsParameter: { enabled: false },
    clientCredentials: { enabled: true },
    deviceFlow: { enabled: false },
    devInteractions: { enabled: false },
    dPoP: { enabled: true, nonceSecret: dpopNonceSecret, requireNonce: () => false },
    encryption: { enabled: false },
    introspection: { enabled: true, allowedPolicy: policies.introspectionAllowed },
    jwtIntrospection: { enabled: false },
    jwtResponseModes: { enabled: false },
    jwtUserinfo: { enabled: false },
    mTLS: { enabled: false },
    pushedAuthorizationRequests: { enabled: true, requirePushedAuthorizationRequests: false },
    registration: { enabled: false },
    registrationManagement: { enabled: false },
    requestObjects: { enabled: false },
    resourceIndicators: {
      enabled: true,
      defaultResource: async () => [],
      getResourceServerInfo: resourceServerInfo(access, ttl, now),
      useGrantedResource: async () => true,
    },
    revocation: { enabled: true, allowedPolicy: policies.revocationAllowed },
    richAuthorizationRequests: { enabled: false },
    rpInitiatedLogout: { enabled: true, ...logoutPages(views) },
    userinfo: { enabled: true },
  }) satisfies Configuration['features']

/** The session cookie is bound to this host; the others have paths of their own. */
const cookies = ({ secure, cookieKeys }: ConfigurationParts): NonNullable<Configuration['cookies']> => {
  const { name: session, options: long } = sessionCookie(secure)
  return {
    keys: cookieKeys,
    names: {
      session,
      interaction: 'gatehouse_interaction',
      resume: 'gatehouse_resume',
    },
    long,
    // No path here: the engine narrows each to its interaction, so that parallel tabs do not overwrite each other.
    short: { ...COOKIE_OPTIONS, secure },
  }
}
