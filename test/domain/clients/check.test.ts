import { describe, expect, it } from 'vitest'
import { directory } from '../../../src/domain/access/directory.ts'
import { builtIns } from '../../../src/domain/access/model.ts'
import { parseClient } from '../../../src/domain/clients/check.ts'
import { faultText } from '../../../src/domain/clients/faults.ts'
import { completed } from '../../../src/domain/clients/metadata.ts'
import { knownApis } from '../../../src/domain/clients/references.ts'

const ORDERS = 'https://orders.example/api'
const SECRET = 'q7Rk2vXw9LmZ4bTnH8sYc3JdP6gFa5Ue'
const apis = knownApis(
  directory(
    {
      resources: [
        {
          identifier: ORDERS,
          name: 'Orders',
          permissions: ['orders:read'],
          accessTokenFormat: 'jwt',
          types: [],
        },
      ],
      roles: [],
    },
    builtIns({ issuer: 'https://id.example', defaultResource: 'https://id.example/api' }),
  ),
)

const shop = { client_id: 'shop', client_secret: SECRET, redirect_uris: ['https://shop.example/cb'] }
const service = { client_id: 'service', client_secret: SECRET, grant_types: ['client_credentials'] }
const spa = {
  client_id: 'spa',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['https://spa.example/cb'],
}
const key = { kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ', kid: 'one' }
const signer = {
  client_id: 'signer',
  token_endpoint_auth_method: 'private_key_jwt',
  redirect_uris: ['https://signer.example/cb'],
  jwks: { keys: [key] },
}
const both = { ...shop, grant_types: ['authorization_code', 'client_credentials'] }

const faultsOf = (input: unknown, development = false): string[] => {
  const parsed = parseClient(input, { apis, development })
  return parsed.kind === 'parsed' ? [] : parsed.faults.map(faultText)
}

it('knows the defaults of RFC 7591 and OpenID Connect Registration', () => {
  const parsed = parseClient(shop, { apis, development: false })
  expect(parsed.kind === 'parsed' && completed(parsed.value)).toEqual({
    client_id: 'shop',
    application_type: 'web',
    redirect_uris: ['https://shop.example/cb'],
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
  })
})

describe('accepts', () => {
  const cases: [string, object][] = [
    ['a machine', { ...service, permissions: { [ORDERS]: ['orders:read'] }, may_introspect: true }],
    ['a machine that says it has no response types', { ...service, response_types: [], redirect_uris: [] }],
    ['a public client', { ...spa, permissions: { [ORDERS]: ['orders:read'] } }],
    ['a client with a key', signer],
    [
      'a client with both kinds of permissions',
      { ...both, own_permissions: { '@access': ['access:evaluate'] } },
    ],
    ['a client that administers', { ...shop, permissions: { 'https://id.example/admin': ['keys:read'] } }],
    ['a native one', { ...spa, application_type: 'native', redirect_uris: ['com.example.app:/cb'] }],
    ['one that may introspect an API', { ...service, may_introspect: [ORDERS, 'https://id.example/api'] }],
  ]
  it.each(cases)('%s', (_, input) => {
    expect(faultsOf(input)).toEqual([])
  })
})

describe('refuses', () => {
  const cases: [string, object, string][] = [
    ['an unknown member', { ...shop, scopes: 'x' }, 'scopes: unknown member; wanted none of this name'],
    ['a missing client id', { redirect_uris: ['https://a.example'] }, 'client_id: missing; wanted a text'],
    [
      'N-17 a client id like an address',
      { ...shop, client_id: 'kim@example.com' },
      'client_id: wanted 1 to 128',
    ],
    ['a client id of another script', { ...shop, client_id: 'шоп' }, 'client_id: wanted 1 to 128'],
    ['a long client id', { ...shop, client_id: 'a'.repeat(129) }, 'client_id: wanted 1 to 128'],
    ...['gatehouse-api', 'gatehouse-account'].map((client_id): [string, object, string] => [
      `the id of the built-in client ${client_id}`,
      { ...shop, client_id },
      'client_id: wanted another id',
    ]),
    [
      'a client id that JavaScript knows',
      { ...shop, client_id: '__proto__' },
      'client_id: wanted another id',
    ],
    ['no redirect URI', { ...shop, redirect_uris: [] }, 'redirect_uris: wanted at least one'],
    ['C-10 a script', { ...shop, redirect_uris: ['javascript:x'] }, 'redirect_uris[0]: wanted https'],
    [
      'C-10 a script after logout',
      { ...shop, post_logout_redirect_uris: ['data:x'] },
      'post_logout_redirect_uris[0]:',
    ],
    ['C-12 a script as a home page', { ...shop, client_uri: 'javascript:x' }, 'client_uri: wanted https'],
    [
      'one redirect URI twice',
      { ...shop, redirect_uris: [...shop.redirect_uris, ...shop.redirect_uris] },
      'redirect_uris[1]: wanted once only',
    ],
    [
      'a private-use scheme on the web',
      { ...spa, redirect_uris: ['com.a:/cb'] },
      'redirect_uris[0]: wanted http',
    ],
    [
      'a redirect URI of a machine',
      { ...service, redirect_uris: ['https://a.example'] },
      'redirect_uris: wanted none',
    ],
    [
      'N-05 the implicit grant',
      { ...shop, grant_types: ['implicit'] },
      'grant_types[0]: wanted authorization_code or',
    ],
    [
      'N-05 the response type token',
      { ...shop, response_types: ['token'] },
      'response_types[0]: wanted code',
    ],
    [
      'response types that contradict',
      { ...service, response_types: ['code'] },
      'response_types: wanted ["code"]',
    ],
    ['no grant types', { ...shop, grant_types: [] }, 'grant_types: wanted at least one'],
    [
      'refresh tokens of nothing',
      { ...service, grant_types: ['refresh_token'] },
      'grant_types: wanted authorization',
    ],
    [
      'a public machine',
      { ...spa, grant_types: ['authorization_code', 'client_credentials'] },
      'grant_types: wanted no',
    ],
    ['a secret of a public client', { ...spa, client_secret: SECRET }, 'client_secret: wanted none'],
    [
      'a short secret',
      { ...shop, client_secret: SECRET.slice(1) },
      'client_secret: wanted at least 32 random',
    ],
    [
      'a monotonous secret',
      { ...shop, client_secret: 'ab'.repeat(20) },
      'client_secret: wanted at least 32 random',
    ],
    [
      'a sample',
      { ...shop, client_secret: `change-me-${SECRET}` },
      'client_secret: wanted at least 32 random',
    ],
    ['a key method without a key', { ...signer, jwks: undefined }, 'jwks: wanted jwks or jwks_uri'],
    [
      'two sources of keys',
      { ...signer, jwks_uri: 'https://a.example/jwks' },
      'jwks: wanted one of jwks and jwks_uri',
    ],
    [
      'X-35 a private key',
      { ...signer, jwks: { keys: [{ ...key, d: 'ZA' }] } },
      'jwks.keys[0].d: unknown member',
    ],
    [
      'a symmetric key',
      { ...signer, jwks: { keys: [{ kty: 'oct', k: 'aw' }] } },
      'jwks.keys[0].kty: wanted a public key',
    ],
    [
      'an HMAC as signature',
      { ...shop, id_token_signed_response_alg: 'HS256' },
      'id_token_signed_response_alg: wanted',
    ],
    [
      'permissions at an unknown API',
      { ...shop, permissions: { 'urn:x': [] } },
      'permissions["urn:x"]: wanted the id',
    ],
    [
      'an unknown permission',
      { ...shop, permissions: { [ORDERS]: ['x'] } },
      `permissions["${ORDERS}"][0]: wanted a perm`,
    ],
    [
      '@api by identifier',
      { ...shop, permissions: { 'https://id.example/api': [] } },
      'permissions["https://id.example/api"]: wanted another API',
    ],
    [
      '@api by alias',
      { ...both, own_permissions: { '@api': [] } },
      'own_permissions["@api"]: wanted another API',
    ],
    [
      'own permissions of a machine',
      { ...service, own_permissions: { [ORDERS]: [] } },
      'own_permissions: wanted none',
    ],
    [
      'introspection of an unknown API',
      { ...service, may_introspect: ['urn:x'] },
      'may_introspect[0]: wanted the id',
    ],
    ['introspection by alias', { ...service, may_introspect: ['@api'] }, 'may_introspect[0]: wanted the id'],
    ['introspection by anybody', { ...spa, may_introspect: true }, 'may_introspect: wanted none'],
    [
      'introspection as a text',
      { ...service, may_introspect: 'all' },
      'may_introspect: wanted true, or a list',
    ],
  ]
  it.each(cases)('%s', (_, input, fault) => {
    expect(faultsOf(JSON.parse(JSON.stringify(input)))).toEqual([expect.stringContaining(fault)])
  })

  it('tells every fault at once, and never the secret', () => {
    const faults = faultsOf({
      ...shop,
      client_secret: 'hunter2',
      redirect_uris: [],
      permissions: { 'urn:x': [] },
    })
    expect(faults).toHaveLength(3)
    expect(faults.join()).not.toContain('hunter2')
  })

  it('in development only what is shorter than 16 characters as a secret', () => {
    expect(faultsOf({ ...shop, client_secret: 'a-secret-example' }, true)).toEqual([])
    expect(faultsOf({ ...shop, client_secret: 'a-short-example' }, true)).toHaveLength(1)
  })
})
