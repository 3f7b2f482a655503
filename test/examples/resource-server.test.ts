import { createServer, type Server } from 'node:http'
import { exportJWK, generateKeyPair, type JWTPayload, SignJWT } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { type Example, startExample } from '../support/example.ts'
import { freePort } from '../support/free-port.ts'

const { publicKey, privateKey } = await generateKeyPair('ES256')
const stranger = await generateKeyPair('ES256')
let issuer = ''
let orders = ''
let keys: Server
let api: Example

beforeAll(async () => {
  const jwk = { ...(await exportJWK(publicKey)), kid: 'one', alg: 'ES256', use: 'sig' }
  const [keysPort, apiPort] = [await freePort(), await freePort()]
  issuer = `http://localhost:${keysPort}`
  orders = `http://localhost:${apiPort}/orders`
  keys = createServer((_, response) => response.end(JSON.stringify({ keys: [jwk] }))).listen(
    keysPort,
    '127.0.0.1',
  )
  api = await startExample('resource-server', {
    PORT: String(apiPort),
    ISSUER: issuer,
    ALLOWED_ORIGINS: 'http://localhost:4001',
  })
})
afterAll(async () => {
  await api.stop()
  keys.close()
})

interface Shape {
  claims?: JWTPayload
  typ?: string
  kid?: string
  key?: typeof privateKey
  lifetime?: string
}

const token = ({ claims = {}, typ = 'at+jwt', kid = 'one', key = privateKey, lifetime = '5m' }: Shape = {}) =>
  new SignJWT({
    iss: issuer,
    aud: orders,
    sub: 'kim',
    client_id: 'shop',
    jti: 'a',
    scope: 'orders:read',
    ...claims,
  })
    .setProtectedHeader({ alg: 'ES256', typ, kid })
    .setIssuedAt()
    .setExpirationTime(lifetime)
    .sign(key)

const call = (bearer: string | undefined, init: RequestInit = {}) => {
  const headers = new Headers(init.headers)
  if (bearer !== undefined) headers.set('authorization', `Bearer ${bearer}`)
  return fetch(orders, { ...init, headers })
}

it('gives the orders of the person whom the token stands for', async () => {
  const response = await call(await token())
  expect(response.status).toBe(200)
  expect(await response.json()).toEqual([{ id: 1042, item: 'Brass lantern' }])
})

describe('a token that is not for this API is refused with 401 invalid_token', () => {
  const bad: [string, () => Promise<string>][] = [
    ['another audience', () => token({ claims: { aud: 'http://localhost:1/else' } })],
    ['another issuer', () => token({ claims: { iss: 'http://localhost:1' } })],
    ['an ID token', () => token({ typ: 'JWT' })],
    ['an expired token', () => token({ lifetime: '-1m' })],
    ['a key that is not published', () => token({ kid: 'two', key: stranger.privateKey })],
    ['a key under a published name', () => token({ key: stranger.privateKey })],
    ['no client_id', () => token({ claims: { client_id: undefined } })],
    ['a cut token', async () => (await token()).slice(0, 80)],
    [
      'an unsigned token',
      async () =>
        `${Buffer.from('{"alg":"none","typ":"at+jwt"}').toString('base64url')}.${(await token()).split('.')[1]}.`,
    ],
  ]
  it.each(bad)('%s', async (_, make) => {
    const response = await call(await make())
    expect(response.status).toBe(401)
    expect(response.headers.get('www-authenticate')).toContain('Bearer error="invalid_token"')
  })
})

it('challenges a request without a token, and tells where tokens come from', async () => {
  const response = await call(undefined)
  expect(response.status).toBe(401)
  const challenge = response.headers.get('www-authenticate') ?? ''
  expect(challenge).not.toContain('error=')
  const [, metadata = ''] = /resource_metadata="([^"]+)"/.exec(challenge) ?? []
  expect(await (await fetch(metadata)).json()).toMatchObject({
    resource: orders,
    authorization_servers: [issuer],
  })
})

it('takes no token from the query', async () => {
  const response = await fetch(`${orders}?access_token=${await token()}`)
  expect(response.status).toBe(401)
})

it('answers 403 insufficient_scope, and names the scope, when the token allows less', async () => {
  const response = await call(await token(), { method: 'POST', body: '{"item":"Bell"}' })
  expect(response.status).toBe(403)
  expect(response.headers.get('www-authenticate')).toContain(
    'error="insufficient_scope", scope="orders:write"',
  )
})

it('adds an order for a token that allows it, and refuses one without an item or one that is too large', async () => {
  const bearer = await token({ claims: { sub: 'writer', scope: 'orders:read orders:write' } })
  const post = async (body: string) => (await call(bearer, { method: 'POST', body })).status
  expect(await post('{"item":"Bell"}')).toBe(201)
  expect(await (await call(bearer)).json()).toHaveLength(2)
  expect(await post('{"item":7}')).toBe(400)
  expect(await post('[')).toBe(400)
  expect(await post(JSON.stringify({ item: 'x'.repeat(2000) }))).toBe(413)
})

it('lets the page of a known origin call it, and no other', async () => {
  const preflight = (origin: string) => call(undefined, { method: 'OPTIONS', headers: { origin } })
  expect((await preflight('http://localhost:4001')).headers.get('access-control-allow-origin')).toBe(
    'http://localhost:4001',
  )
  expect((await preflight('http://evil.example')).headers.get('access-control-allow-origin')).toBeNull()
})

it('answers 503, and neither accepts nor blames a token, while the keys cannot be fetched', async () => {
  const port = String(await freePort())
  const lonely = await startExample('resource-server', {
    PORT: port,
    ISSUER: `http://localhost:${await freePort()}`,
  })
  const address = `http://localhost:${port}/orders`
  const response = await fetch(address, { headers: { authorization: `Bearer ${await token()}` } })
  await lonely.stop()
  expect(response.status).toBe(503)
  expect(response.headers.get('retry-after')).toBe('5')
})
