import type { PermissionMap } from '../access/model.ts'
import { type Client, type ClientInput, hasSecret, responseTypes } from './metadata.ts'

/** Members that do not go together. */
interface Rule {
  member: keyof ClientInput
  isBroken(client: Client, input: ClientInput): boolean
  wanted: string
}

const usesCode = ({ grant_types }: Client): boolean => grant_types.includes('authorization_code')
const usesItself = ({ grant_types }: Client): boolean => grant_types.includes('client_credentials')
const isPublic = (client: Client): boolean => client.token_endpoint_auth_method === 'none'
const hasKeyMethod = (client: Client): boolean => client.token_endpoint_auth_method === 'private_key_jwt'
const isEmpty = (permissions: PermissionMap): boolean => Object.keys(permissions).length === 0

export const rules: readonly Rule[] = [
  {
    member: 'redirect_uris',
    isBroken: (client) => usesCode(client) && client.redirect_uris.length === 0,
    wanted: 'wanted at least one redirect URI for the grant type authorization_code',
  },
  {
    member: 'redirect_uris',
    isBroken: (client) => !usesCode(client) && client.redirect_uris.length > 0,
    wanted: 'wanted none without the grant type authorization_code',
  },
  {
    member: 'response_types',
    isBroken: (client, { response_types: given }) =>
      given !== undefined && given.join() !== responseTypes(client).join(),
    wanted: 'wanted ["code"] with the grant type authorization_code, [] without it',
  },
  {
    member: 'grant_types',
    isBroken: (client) => client.grant_types.includes('refresh_token') && !usesCode(client),
    wanted: 'wanted authorization_code beside refresh_token',
  },
  {
    // RFC 6749 §4.4: only a client that can prove who it is has anything for itself.
    member: 'grant_types',
    isBroken: (client) => isPublic(client) && usesItself(client),
    wanted: 'wanted no client_credentials for a client that does not authenticate',
  },
  {
    member: 'client_secret',
    isBroken: (client, { client_secret: given }) => given !== undefined && !hasSecret(client),
    wanted: 'wanted none: token_endpoint_auth_method is one without a secret',
  },
  {
    member: 'jwks',
    isBroken: (client) => hasKeyMethod(client) && !client.jwks && client.jwks_uri === undefined,
    wanted: 'wanted jwks or jwks_uri for private_key_jwt',
  },
  {
    member: 'jwks',
    isBroken: (client) => client.jwks !== undefined && client.jwks_uri !== undefined,
    wanted: 'wanted one of jwks and jwks_uri',
  },
  {
    member: 'token_endpoint_auth_signing_alg',
    isBroken: (client) => client.token_endpoint_auth_signing_alg !== undefined && !hasKeyMethod(client),
    wanted: 'wanted none without private_key_jwt',
  },
  {
    member: 'own_permissions',
    isBroken: (client) => !isEmpty(client.own_permissions) && !(usesCode(client) && usesItself(client)),
    wanted:
      'wanted none: they are for a client with authorization_code and client_credentials; one with client_credentials alone has its permissions for itself',
  },
  {
    // RFC 7662 §2.1: else anybody could introspect in its name.
    member: 'may_introspect',
    isBroken: (client) =>
      isPublic(client) && (client.may_introspect === true || client.may_introspect.length > 0),
    wanted: 'wanted none for a client that does not authenticate',
  },
]
