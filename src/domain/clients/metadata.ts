import { z } from 'zod'
import { Jwks } from './jwks.ts'
import { redirectUriFault, webUriFault } from './uris.ts'
import { ClientId, ClientSecret, checked, Line, list, Permissions } from './values.ts'

const RedirectUri = checked(redirectUriFault)
const WebUri = checked(webUriFault)

/** Members that a client may lack (RFC 7591 §2, OpenID Connect Registration §2, Back-Channel Logout §2.2). */
const optional = {
  client_name: Line.exactOptional(),
  client_uri: WebUri.exactOptional(),
  logo_uri: WebUri.exactOptional(),
  policy_uri: WebUri.exactOptional(),
  tos_uri: WebUri.exactOptional(),
  jwks: Jwks.exactOptional(),
  jwks_uri: WebUri.exactOptional(),
  token_endpoint_auth_signing_alg: z.enum(['ES256', 'PS256', 'RS256', 'Ed25519', 'EdDSA']).exactOptional(),
  backchannel_logout_uri: WebUri.exactOptional(),
  /** Seconds. */
  default_max_age: z.int().min(0).exactOptional(),
}

/** Members that every client has. */
const defaulted = {
  application_type: z.enum(['web', 'native']),
  redirect_uris: list(RedirectUri),
  post_logout_redirect_uris: list(RedirectUri),
  grant_types: list(z.enum(['authorization_code', 'refresh_token', 'client_credentials'])).min(1, {
    error: 'wanted at least one grant type',
  }),
  token_endpoint_auth_method: z.enum([
    'client_secret_basic',
    'client_secret_post',
    'private_key_jwt',
    'none',
  ]),
  id_token_signed_response_alg: z.enum(['ES256', 'RS256']),
  backchannel_logout_session_required: z.boolean(),
  require_pushed_authorization_requests: z.boolean(),
  dpop_bound_access_tokens: z.boolean(),
  /** Ours: no consent is asked, and a refresh token comes without asking. */
  first_party: z.boolean(),
  /** What it may ask of a person, or has for itself where client credentials is its only grant type. */
  permissions: Permissions,
  /** What it has for itself beside that. */
  own_permissions: Permissions,
  /** Resources whose tokens it may introspect; `true`: all, and tokens without a resource. */
  may_introspect: z.union([z.literal(true), list(z.string())], {
    error: 'wanted true, or a list of resource identifiers without repetitions',
  }),
}

/** A registered client, as stored: without its secret. `response_types` follow from `grant_types`. */
export const Client = z.object({ client_id: ClientId, ...optional, ...defaulted })
export type Client = z.infer<typeof Client>

/** A client as an operator writes it. */
export const ClientInput = z.strictObject({
  client_id: ClientId,
  client_secret: ClientSecret.exactOptional(),
  response_types: list(z.literal('code')).exactOptional(),
  ...optional,
  ...z.object(defaulted).partial().shape,
})
export type ClientInput = z.infer<typeof ClientInput>

const defaults: Omit<Client, 'client_id'> = {
  application_type: 'web',
  redirect_uris: [],
  post_logout_redirect_uris: [],
  grant_types: ['authorization_code'],
  token_endpoint_auth_method: 'client_secret_basic',
  id_token_signed_response_alg: 'ES256',
  backchannel_logout_session_required: false,
  require_pushed_authorization_requests: false,
  dpop_bound_access_tokens: false,
  first_party: false,
  permissions: {},
  own_permissions: {},
  may_introspect: [],
}

/**
 * The whole client that an input means.
 *
 * @param present the registered client that the input changes: it keeps what the input does not name
 */
export const completed = (input: ClientInput, present?: Client): Client => {
  const named = Object.entries(input).filter(([, value]) => value !== undefined)
  return Client.parse({ ...defaults, ...present, ...Object.fromEntries(named) })
}

/** Whether the client authenticates with a secret that it shares with us. */
export const hasSecret = ({ token_endpoint_auth_method: method }: Client): boolean =>
  method === 'client_secret_basic' || method === 'client_secret_post'

/** RFC 7591 §2.1: the response type that goes with the authorization code grant, the only one with any. */
export const responseTypes = ({ grant_types }: Client): 'code'[] =>
  grant_types.includes('authorization_code') ? ['code'] : []
