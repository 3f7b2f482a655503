import { describe, expect, it } from 'vitest'
import { type Bound, type ClientRights, permitted, roleNames } from '../../../src/domain/access/decision.ts'
import { directory } from '../../../src/domain/access/directory.ts'
import { type AccessModel, builtIns, type Resource, type Role } from '../../../src/domain/access/model.ts'

const NOW = Date.UTC(2026, 0, 1)
const ORDERS = 'https://orders.example/api'
const LEDGER = 'https://ledger.example/api'
const ISSUER = 'https://id.example'
const identifiers = builtIns({ issuer: ISSUER, defaultResource: `${ISSUER}/api` })
const ADMIN_API = `${ISSUER}/admin`

const role = (id: string, permissions: Role['permissions'], includes: string[] = []): Role => ({
  id,
  name: `${id} name`,
  permissions,
  includes,
  default: false,
})

const model: AccessModel = {
  resources: [
    {
      identifier: ORDERS,
      name: 'Orders',
      permissions: ['orders:read', 'orders:write'],
      accessTokenFormat: 'jwt',
      types: [],
    },
    {
      identifier: LEDGER,
      name: 'Ledger',
      permissions: ['ledger:read'],
      accessTokenFormat: 'opaque',
      types: [],
    },
    {
      identifier: `${ISSUER}/api`,
      name: 'Ours',
      permissions: ['profile:read'],
      accessTokenFormat: 'jwt',
      types: [],
    },
  ],
  roles: [
    role('reader', { [ORDERS]: ['orders:read'] }),
    role('writer', { [ORDERS]: ['orders:write'] }, ['reader']),
    role('bookkeeper', { [LEDGER]: ['ledger:read'] }),
    role('chief', {}, ['writer', 'bookkeeper']),
    role('one', { [ORDERS]: ['orders:read'] }, ['other']),
    role('other', { [ORDERS]: ['orders:write'] }, ['one', 'other']),
    role('relic', { [ORDERS]: ['orders:burn'], 'https://gone.example': ['x'] }, ['nobody']),
    role('member', { '@api': ['profile:read'] }),
    role('auditor', { '@admin': ['audit:read'] }),
  ],
}
const present = directory(model, identifiers)

const client = (changes: Partial<ClientRights>): ClientRights => ({
  grantTypes: ['authorization_code', 'refresh_token'],
  permissions: {},
  ownPermissions: {},
  assignments: [],
  ...changes,
})
const both = { [ORDERS]: ['orders:read', 'orders:write'] }
const web = client({ permissions: both })
const reading = client({ permissions: { [ORDERS]: ['orders:read'] } })
const machine = client({ grantTypes: ['client_credentials'], permissions: both })
const mixed = client({
  grantTypes: ['authorization_code', 'client_credentials'],
  permissions: both,
  ownPermissions: { [ORDERS]: ['orders:read'] },
})

const asked = (...scopes: string[]): Bound => ({ by: 'request', scopes })
const by = (asking: ClientRights): Bound => ({ by: 'client', client: asking, now: NOW })
const itself = (acting: ClientRights): Bound => ({ by: 'client itself', client: acting, now: NOW })
const person = (...roleIds: string[]): Bound => ({
  by: 'person',
  person: { assignments: roleIds.map((roleId) => ({ roleId })), isAdmin: false, now: NOW },
})
const admin: Bound = { by: 'person', person: { assignments: [], isAdmin: true, now: NOW } }

describe('a token for a person holds what is asked, and the client may ask, and the roles allow', () => {
  const cases: [string, [Bound, ...Bound[]], string[]][] = [
    ['all three', [asked('orders:read'), by(web), person('writer')], ['orders:read']],
    ['not asked', [asked(), by(web), person('writer')], []],
    ['not the client', [asked('orders:write'), by(reading), person('writer')], []],
    ['not the roles', [asked('orders:read', 'orders:write'), by(web), person('reader')], ['orders:read']],
    ['a permission that the API does not have', [asked('orders:burn'), by(web), person('writer')], []],
    ['two roles add up', [by(web), person('reader', 'writer')], ['orders:read', 'orders:write']],
    ['an included role', [by(web), person('writer')], ['orders:read', 'orders:write']],
    ['a role included by an included one', [by(web), person('chief')], ['orders:read', 'orders:write']],
    ['roles that include each other', [by(web), person('one')], ['orders:read', 'orders:write']],
    ['an unknown role id', [by(web), person('reader name')], []],
    ['a role with a permission that is gone', [by(web), person('relic')], []],
    ['no roles', [by(web), person()], []],
    ['the role admin at another API', [by(web), admin], []],
    ['the admin role by an assignment', [by(web), person('admin')], []],
    ['a client without permissions there', [by(client({})), person('writer')], []],
    ['a client that acts for nobody', [by(machine), person('writer')], []],
  ]
  it.each(cases)('%s', (_, bounds, scopes) => {
    expect(permitted(present, ORDERS, ...bounds)).toEqual(scopes)
  })
})

describe('a token for the client itself holds what is asked and is its own', () => {
  const cases: [string, ClientRights, string[]][] = [
    [
      'its permissions, if client credentials is its only grant type',
      machine,
      ['orders:read', 'orders:write'],
    ],
    ['its own permissions, if it also acts for people', mixed, ['orders:read']],
    ['nothing by default, if it also acts for people', client({ ...mixed, ownPermissions: {} }), []],
    ['nothing without client credentials', client({ ...mixed, grantTypes: ['authorization_code'] }), []],
  ]
  it.each(cases)('%s', (_, acting, scopes) => {
    expect(permitted(present, ORDERS, itself(acting))).toEqual(scopes)
    expect(permitted(present, ORDERS, itself(acting), asked())).toEqual([])
  })
})

describe('the built-in APIs', () => {
  const everywhere = {
    '@api': ['profile:read'],
    [`${ISSUER}/api`]: ['profile:read'],
    '@admin': ['audit:read', 'accounts:write'],
    [`${ISSUER}/access`]: ['access:evaluate'],
  }
  const greedy = client({ permissions: everywhere })
  const service = client({ grantTypes: ['client_credentials'], permissions: everywhere })

  it('never give a registered client anything at @api, whatever it is registered with', () => {
    expect(permitted(present, `${ISSUER}/api`, by(greedy))).toEqual([])
    expect(permitted(present, `${ISSUER}/api`, itself(service))).toEqual([])
    expect(permitted(present, `${ISSUER}/api`, person('member'))).toEqual(['profile:read'])
  })

  it('give nothing to a client that does not name them', () => {
    for (const identifier of Object.values(identifiers))
      expect(permitted(present, identifier, by(web))).toEqual([])
  })

  it('give a client what it names, by identifier or by alias', () => {
    expect(permitted(present, ADMIN_API, by(greedy))).toEqual(['accounts:write', 'audit:read'])
    expect(permitted(present, `${ISSUER}/access`, itself(service))).toEqual(['access:evaluate'])
  })

  it('give an admin everything of @admin, and others what their roles have there', () => {
    expect(permitted(present, ADMIN_API, admin)).toHaveLength(14)
    expect(permitted(present, ADMIN_API, person('auditor'))).toEqual(['audit:read'])
  })

  it('cannot be declared anew, but for @api', () => {
    const forged: Resource = {
      identifier: ADMIN_API,
      name: 'x',
      permissions: ['all'],
      accessTokenFormat: 'jwt',
      types: [],
    }
    const other = directory({ ...model, resources: [forged] }, identifiers)
    expect(other.find(ADMIN_API)?.permissions).toContain('keys:write')
    expect(other.find(`${ISSUER}/api`)).toMatchObject({ permissions: [] })
    expect(present.find(`${ISSUER}/api`)).toMatchObject({ name: 'Ours' })
  })
})

it('allows nothing at an API that there is not, nor under an alias', () => {
  const rights = client({ permissions: { 'https://gone.example': ['x'] } })
  expect(permitted(present, 'https://gone.example', by(rights), person('relic'))).toEqual([])
  expect(permitted(present, '@admin', admin)).toEqual([])
})

describe('the roles that a token names', () => {
  const names = (roleIds: string[], identifier?: string, isAdmin = false) =>
    roleNames(present, { assignments: roleIds.map((roleId) => ({ roleId })), isAdmin, now: NOW }, identifier)

  it('are those with a permission of its API, given or included', () => {
    expect(names(['chief', 'auditor'], LEDGER)).toEqual(['bookkeeper name', 'chief name'])
    expect(names(['relic', 'auditor'], ORDERS)).toEqual([])
    expect(names(['reader'], 'https://gone.example')).toEqual([])
  })

  it('are all of them at @api and without an API', () => {
    const all = ['auditor name', 'bookkeeper name', 'chief name', 'reader name', 'writer name']
    expect(names(['chief', 'auditor'], `${ISSUER}/api`)).toEqual(all)
    expect(names(['chief', 'auditor'])).toEqual(all)
  })

  it('have the role admin at @admin only', () => {
    expect(names([], ADMIN_API, true)).toEqual(['admin'])
    expect(names([], ORDERS, true)).toEqual([])
    expect(names(['admin'], ADMIN_API)).toEqual([])
  })
})
