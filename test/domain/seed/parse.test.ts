import { describe, expect, it } from 'vitest'
import type { SeedContext } from '../../../src/domain/seed/parse.ts'
import { document, ISSUER, ORDERS, PASSWORD, parse, SECRET } from './arrange.ts'

const faultsOf = (seed: unknown, changes: Partial<SeedContext> = {}): string[] => {
  const parsed = parse(JSON.stringify(seed), changes)
  return parsed.kind === 'faults' ? parsed.faults : []
}
const [orders] = document.resources
const [clerk] = document.roles
const [shop] = document.clients
const [kim] = document.accounts
const withOrders = { resources: document.resources }

it('takes a whole document, and an empty one', () => {
  expect(parse(JSON.stringify(document))).toMatchObject({ kind: 'seed', warnings: [] })
  expect(parse('{}')).toEqual({
    kind: 'seed',
    seed: { resources: [], roles: [], clients: [], accounts: [] },
    warnings: [],
  })
})

it('names the faults of the document and those within its sections together', () => {
  const faults = faultsOf({ client: [], roles: {}, clients: [7], ...withOrders })
  expect(faults.map((fault) => fault.split(':')[0]).sort()).toEqual(['client', 'clients[0]', 'roles'])
})

describe('names by its path', () => {
  const permissions = { [ORDERS]: ['orders:burn'] }
  const cases: [string, unknown, string][] = [
    ['what is no object', [], 'wanted an object'],
    ['an unknown section', { client: [] }, 'client: unknown member; wanted none of this name'],
    ['a section that is no list', { roles: {} }, 'roles: wanted a list'],
    ['an entry that is no object', { ...withOrders, clients: [shop, 7] }, 'clients[1]: wanted an object'],

    [
      'a missing identifier',
      { resources: [{ name: 'x' }] },
      'resources[0].identifier: missing; wanted a text',
    ],
    [
      'a relative identifier',
      { resources: [{ identifier: 'orders' }] },
      'resources[0].identifier: wanted an absolute',
    ],
    [
      'an identifier with a fragment',
      { resources: [{ identifier: 'urn:a#b' }] },
      'resources[0].identifier: wanted',
    ],
    [
      'a resource that comes twice',
      { resources: [orders, orders] },
      'resources[1].identifier: wanted another one',
    ],
    [
      'a built-in resource',
      { resources: [{ identifier: `${ISSUER}/admin` }] },
      'resources[0].identifier: wanted another',
    ],
    [
      'a blank in a permission',
      { resources: [{ ...orders, permissions: ['a b'] }] },
      'resources[0].permissions[0]: wanted 1',
    ],
    [
      'a permission that comes twice',
      { resources: [{ ...orders, permissions: ['a', 'a'] }] },
      'resources[0].permissions[1]: wanted once',
    ],
    [
      'a scope of OpenID Connect',
      { resources: [{ ...orders, permissions: ['email'] }] },
      'resources[0].permissions[0]: wanted another',
    ],
    [
      'an unknown format',
      { resources: [{ ...orders, access_token_format: 'saml' }] },
      'resources[0].access_token_format: wanted jwt or opaque',
    ],

    [
      'a role that comes twice',
      { ...withOrders, roles: [clerk, clerk] },
      'roles[1].name: wanted another one',
    ],
    [
      'the role admin',
      { roles: [{ name: 'admin' }] },
      'roles[0].name: wanted another name; the role admin is built in',
    ],
    [
      'a role at an unknown resource',
      { roles: [clerk] },
      `roles[0].permissions["${ORDERS}"]: wanted the identifier`,
    ],
    [
      'a role with an unknown permission',
      { ...withOrders, roles: [{ name: 'x', permissions }] },
      `roles[0].permissions["${ORDERS}"][0]: wanted a permission`,
    ],
    [
      'an unknown included role',
      { roles: [{ name: 'x', includes: ['y'] }] },
      'roles[0].includes[0]: wanted the name of a declared role',
    ],
    [
      'the included role admin',
      { roles: [{ name: 'x', includes: ['admin'] }] },
      'roles[0].includes[0]: wanted the name',
    ],

    [
      'a client that comes twice',
      { ...withOrders, clients: [shop, shop] },
      'clients[1].client_id: wanted another one',
    ],
    [
      'a fault deep in a client',
      { ...withOrders, clients: [{ ...shop, redirect_uris: ['https://a.example', 'javascript:x'] }] },
      'clients[0].redirect_uris[1]: wanted https',
    ],
    [
      'a client without its secret',
      { ...withOrders, clients: [{ ...shop, client_secret: undefined }] },
      'clients[0].client_secret: missing',
    ],
    [
      'a client at an unknown resource',
      { clients: [shop] },
      `clients[0].permissions["${ORDERS}"]: wanted the identifier`,
    ],
    [
      '@api for a client',
      { clients: [{ ...shop, permissions: { [`${ISSUER}/api`]: [] } }] },
      `clients[0].permissions["${ISSUER}/api"]: wanted another API`,
    ],
    [
      'introspection of an unknown resource',
      { ...withOrders, clients: [{ ...shop, may_introspect: ['urn:x'] }] },
      'clients[0].may_introspect[0]: wanted the identifier',
    ],

    [
      'a list of addresses',
      { accounts: [{ email: 'a@x.example,b@y.example' }] },
      'accounts[0].email: wanted one plain e-mail address',
    ],
    [
      'an address that comes twice (C-17)',
      { accounts: [{ email: 'kim@example.com' }, { email: 'KIM@Example.com' }] },
      'accounts[1].email: wanted another one',
    ],
    [
      'a sub like an address (N-17)',
      { accounts: [{ email: 'kim@example.com', sub: 'kim@example.com' }] },
      'accounts[0].sub: wanted 1 to 255',
    ],
    [
      'a sub that is a client id (N-17)',
      { ...withOrders, clients: [shop], accounts: [{ email: 'kim@example.com', sub: 'shop' }] },
      'accounts[0].sub: wanted another one; this is the id of a client',
    ],
    [
      'a sub that is the built-in client (N-17)',
      { accounts: [{ email: 'kim@example.com', sub: 'gatehouse-api' }] },
      'accounts[0].sub: wanted another one',
    ],
    [
      'a sub that comes twice',
      {
        accounts: [
          { email: 'a@x.example', sub: 's' },
          { email: 'b@x.example', sub: 's' },
        ],
      },
      'accounts[1].sub: wanted another one',
    ],
    [
      'an unknown role of a person',
      { accounts: [{ ...kim, roles: ['boss'] }] },
      'accounts[0].roles[0]: wanted the name of a declared role',
    ],
    [
      'the role admin for a person',
      { accounts: [{ ...kim, roles: ['admin'] }] },
      'accounts[0].roles[0]: wanted no admin here',
    ],
    [
      'a weak password',
      { accounts: [{ email: 'kim@example.com', password: 'hunter2' }] },
      'accounts[0].password: wanted a password that the policy accepts; this one is refused (too_short)',
    ],
    [
      'a password and a hash',
      {
        accounts: [
          {
            email: 'kim@example.com',
            password: PASSWORD,
            password_hash: '$argon2id$v=19$m=19456,t=2,p=1$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNo',
          },
        ],
      },
      'accounts[0].password: wanted one of',
    ],
    [
      'a hash of another kind',
      { accounts: [{ email: 'kim@example.com', password_hash: '5f4dcc3b5aa765d6' }] },
      'accounts[0].password_hash: wanted a hash that can be verified here',
    ],
    [
      'an unknown member of an account (C-35)',
      { accounts: [{ email: 'kim@example.com', disabled: true }] },
      'accounts[0].disabled: unknown member',
    ],
  ]
  it.each(cases)('%s', (_, seed, fault) => {
    expect(faultsOf(seed)).toEqual([expect.stringContaining(fault)])
  })
})

it('tells the faults of all sections at once, and none that only follow from another', () => {
  const faults = faultsOf({
    resources: [{ ...orders, name: '' }],
    roles: [
      { ...clerk, default: 'yes' },
      { name: 'chief', includes: ['clerk'] },
    ],
    clients: [{ ...shop, first_party: 1 }],
    accounts: [{ email: 'kim', roles: ['clerk', 'boss'] }],
  })
  expect(faults.map((fault) => fault.split(':')[0])).toEqual([
    'resources[0].name',
    'roles[0].default',
    'clients[0].first_party',
    'accounts[0].email',
    'accounts[0].roles[1]',
  ])
})

it.each(['{"accounts": [{"password": "hunter2"', 'hunter2', '{"password": "hunter2", x}', ''])(
  'says where a text ceases to be JSON, and repeats nothing of it: %s',
  (text) => {
    const parsed = parse(text)
    expect(parsed).toEqual({ kind: 'faults', faults: [expect.stringContaining('wanted a JSON document')] })
    expect(JSON.stringify(parsed)).not.toContain('hunter2')
  },
)

it('says the line and the column where it can', () => {
  const parsed = parse('{\n  "roles": [],\n  x\n}')
  expect(parsed.kind === 'faults' && parsed.faults[0]).toMatch(/line 3, column 3/)
})

it('repeats no secret and no password in a fault', () => {
  const client = { ...shop, client_secret: 'planted-secret' }
  const text = faultsOf({ clients: [client], accounts: [{ email: 'kim', password: 'planted' }] }).join()
  expect(text).toMatch(/client_secret: wanted at least 32/)
  expect(text).not.toContain('planted')
})

describe('in development', () => {
  const development = { development: true }

  it('a weak password is a warning', () => {
    const parsed = parse('{"accounts":[{"email":"kim@example.com","password":"hunter2"}]}', development)
    expect(parsed).toMatchObject({
      kind: 'seed',
      warnings: [expect.stringContaining('accounts[0].password:')],
    })
    expect(JSON.stringify(parsed.kind === 'seed' && parsed.warnings)).not.toContain('hunter2')
  })

  it('the name of a demo client is taken; in production it is not', () => {
    const named = { ...withOrders, clients: [{ ...shop, client_id: 'demo-web' }] }
    const fault = 'clients[0].client_id: wanted another id; in development this is a demo client'
    expect(faultsOf(named, development)).toEqual([fault])
    expect(faultsOf(named)).toEqual([])
  })

  it('a secret of 16 characters will do', () => {
    const short = { ...withOrders, clients: [{ ...shop, client_secret: SECRET.slice(0, 16) }] }
    expect(faultsOf(short, development)).toEqual([])
    expect(faultsOf(short)).toHaveLength(1)
  })
})
