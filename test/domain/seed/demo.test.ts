import { expect, it } from 'vitest'
import { applySeed } from '../../../src/domain/seed/apply.ts'
import { demoClientIds, demoSeed } from '../../../src/domain/seed/demo.ts'
import { arrangeSeed } from './arrange.ts'

const ISSUER = 'http://localhost:3000'
const ORDERS = 'http://localhost:4002/orders'

const withDemo = async () => {
  const arranged = await arrangeSeed()
  const outcome = await applySeed(demoSeed(ISSUER), arranged.parts, { demo: true })
  expect(outcome).toEqual({ kind: 'applied', warnings: [] })
  return arranged
}

it('registers the clients of the examples and of the playground', async () => {
  const { clients } = await withDemo()
  const listed = new Map((await clients.list()).map((client) => [client.client_id, client]))
  const code = ['authorization_code', 'refresh_token']
  expect([...listed.keys()]).toEqual([...demoClientIds].sort())
  expect(listed.get('demo-web')).toMatchObject({
    token_endpoint_auth_method: 'client_secret_basic',
    redirect_uris: ['http://localhost:4000/callback', 'http://127.0.0.1:4000/callback'],
    post_logout_redirect_uris: ['http://localhost:4000', 'http://127.0.0.1:4000'],
    grant_types: code,
    first_party: false,
  })
  expect(listed.get('demo-spa')).toMatchObject({
    token_endpoint_auth_method: 'none',
    redirect_uris: ['http://localhost:4001/callback', 'http://127.0.0.1:4001/callback'],
    post_logout_redirect_uris: ['http://localhost:4001', 'http://127.0.0.1:4001'],
    grant_types: code,
  })
  expect(listed.get('demo-service')).toMatchObject({
    grant_types: ['client_credentials'],
    may_introspect: true,
  })
  expect(listed.get('playground')).toMatchObject({
    token_endpoint_auth_method: 'none',
    redirect_uris: [`${ISSUER}/playground`],
    post_logout_redirect_uris: [`${ISSUER}/playground`],
    grant_types: code,
    first_party: false,
  })
  expect(await clients.verifySecret('demo-web', 'demo-web-secret')).toBe(true)
  expect(await clients.verifySecret('demo-service', 'demo-service-secret')).toBe(true)
})

it('lets the examples ask for orders, and a new customer read them', async () => {
  const { rules, accounts } = await withDemo()
  for (const id of ['demo-web', 'demo-spa', 'playground'])
    expect(await rules.ceiling(id, ORDERS)).toEqual(['orders:read', 'orders:write'])
  expect(await rules.ofClient('demo-service', ORDERS)).toContain('orders:read')
  const roleIds = await rules.defaultRoles()
  const person = { email: 'kim@example.com', emailKey: 'kim@example.com', emailVerified: false, roleIds }
  const created = await accounts.create(person)
  if (created.kind !== 'created') throw new Error('the account was not made')
  expect(await rules.ofPerson(created.account.sub, ORDERS)).toEqual(['orders:read'])
  expect(await rules.roles(created.account.sub, ORDERS)).toEqual(['customer'])
})

it('lets a seed of the developer give the role of the demo', async () => {
  const { start, rules, accounts } = await withDemo()
  const kim = { email: 'kim@example.com', email_verified: true, roles: ['customer'] }
  expect(await start({ accounts: [kim] }, { development: true })).toMatchObject({ kind: 'applied' })
  const found = await accounts.findByEmail('kim@example.com')
  expect(await rules.roles(found?.sub ?? '')).toEqual(['customer'])
})

it('moves the playground with the issuer, and leaves nothing of the clients for production', async () => {
  const { parts, clients } = await withDemo()
  await applySeed(demoSeed('http://localhost:3999'), parts, { demo: true })
  expect((await clients.metadata('playground'))?.redirect_uris).toEqual(['http://localhost:3999/playground'])
  await clients.removeDemo()
  expect(await clients.list()).toEqual([])
})
