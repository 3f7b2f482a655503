import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { z } from 'zod'
import type { RunningServer } from '../support/server.ts'
import { shop, spa, startSubject } from './subject.ts'

const DISCOVERY = '/.well-known/openid-configuration'
const documents = [DISCOVERY, '/.well-known/oauth-authorization-server', '/oauth2/jwks']
const words = z.array(z.string())
const Metadata = z.looseObject({
  grant_types_supported: words,
  id_token_signing_alg_values_supported: words,
  dpop_signing_alg_values_supported: words,
})
const KeySet = z.object({ keys: z.array(z.looseObject({ kid: z.string(), alg: z.string() })) })
let server: RunningServer

beforeAll(async () => {
  server = await startSubject()
})
afterAll(() => server?.stop())

const at = (path: string, init: RequestInit = {}) => fetch(server.issuer + path, init)

describe('discovery and keys', () => {
  it('may be kept by everybody for a while, and are cheap to ask for again', async () => {
    for (const path of documents) {
      const fresh = await at(path)
      expect([fresh.status, fresh.headers.get('cache-control')]).toEqual([200, 'public, max-age=600'])
      expect(fresh.headers.get('access-control-allow-origin')).toBe('*')
      const etag = fresh.headers.get('etag') ?? ''
      expect(etag).toMatch(/^"[\w-]+"$/)
      for (const known of [etag, `W/${etag}`, `"other", ${etag}`, '*']) {
        const same = await at(path, { headers: { 'if-none-match': known } })
        expect([known, same.status, await same.text()]).toEqual([known, 304, ''])
      }
      const other = await at(path, { headers: { 'if-none-match': '"other"' } })
      expect([other.status, await other.json()]).toEqual([200, await fresh.json()])
    }
  })

  it('answer HEAD without a body, a query as if there were none, and nothing else', async () => {
    for (const path of documents) {
      const head = await at(path, { method: 'HEAD' })
      expect([head.status, await head.text()]).toEqual([200, ''])
      expect(Number(head.headers.get('content-length'))).toBeGreaterThan(100)
      expect((await at(`${path}?v=1`)).status).toBe(200)
      const written = await at(path, { method: 'POST' })
      expect([written.status, written.headers.get('allow')]).toEqual([405, 'GET, HEAD, OPTIONS'])
    }
  })

  it('say what the server can do, and no more', async () => {
    const metadata = Metadata.parse(await (await at(DISCOVERY)).json())
    const endpoint = (name: string) => `${server.issuer}/oauth2/${name}`
    expect(metadata).toMatchObject({
      issuer: server.issuer,
      authorization_endpoint: endpoint('authorize'),
      token_endpoint: endpoint('token'),
      userinfo_endpoint: endpoint('userinfo'),
      introspection_endpoint: endpoint('introspect'),
      revocation_endpoint: endpoint('revoke'),
      jwks_uri: endpoint('jwks'),
      pushed_authorization_request_endpoint: endpoint('par'),
      end_session_endpoint: endpoint('logout'),
      authorization_response_iss_parameter_supported: true,
      backchannel_logout_supported: true,
      code_challenge_methods_supported: ['S256'],
      response_types_supported: ['code'],
      subject_types_supported: ['public'],
    })
    expect(metadata.grant_types_supported.sort()).toEqual([
      'authorization_code',
      'client_credentials',
      'refresh_token',
    ])
    expect(metadata.id_token_signing_alg_values_supported.sort()).toEqual(['ES256', 'RS256'])
    expect(metadata.dpop_signing_alg_values_supported).not.toContain('HS256')
    expect(metadata).not.toHaveProperty('registration_endpoint')
  })

  it('publish public keys only, each with its own id and algorithm', async () => {
    const { keys } = KeySet.parse(await (await at('/oauth2/jwks')).json())
    expect([...new Set(keys.map(({ alg }) => alg))].sort()).toEqual(['ES256', 'RS256'])
    expect(new Set(keys.map(({ kid }) => kid)).size).toBe(keys.length)
    for (const key of keys) {
      expect(key).toMatchObject({ use: 'sig', kid: expect.stringMatching(/^[\w-]{43}$/) })
      for (const member of ['d', 'p', 'q', 'dp', 'dq', 'qi', 'k']) expect(key).not.toHaveProperty(member)
    }
  })
})

describe('CORS', () => {
  const home = new URL(spa.redirectUri).origin
  const form = (fields: Record<string, string>, origin: string): RequestInit => ({
    method: 'POST',
    headers: { origin },
    body: new URLSearchParams(fields),
  })
  const allowed = (answer: Response) => answer.headers.get('access-control-allow-origin')
  const calls = [
    ['/oauth2/token', { client_id: spa.clientId, grant_type: 'refresh_token', refresh_token: 'x' }],
    ['/oauth2/revoke', { client_id: spa.clientId, token: 'x' }],
  ] as const

  it('lets the scripts of a public client in, from the origins where its answers go', async () => {
    for (const [path, fields] of calls) expect(allowed(await at(path, form(fields, home)))).toBe(home)
  })

  it('N-15 keeps every other origin out, null included', async () => {
    const others = [
      'https://evil.example',
      'null',
      `${home}0`,
      `${home}.evil.example`,
      'http://127.0.0.1:4701',
    ]
    for (const origin of others)
      for (const [path, fields] of calls) {
        const answer = await at(path, form(fields, origin))
        expect([origin, answer.status, allowed(answer)]).toEqual([origin, 400, null])
      }
  })

  it('N-15 keeps scripts out that come with the secret of a confidential client', async () => {
    const { clientId, clientSecret, redirectUri } = shop
    const authorization = `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`
    const { origin } = new URL(redirectUri)
    const answer = await at('/oauth2/token', {
      method: 'POST',
      headers: { origin, authorization },
      body: new URLSearchParams({ grant_type: 'refresh_token', refresh_token: 'x' }),
    })
    expect([answer.status, allowed(answer)]).toEqual([400, null])
  })

  it('never lets cookies along', async () => {
    for (const path of ['/oauth2/token', '/oauth2/userinfo', '/oauth2/revoke']) {
      const answer = await at(path, {
        method: 'OPTIONS',
        headers: { origin: home, 'access-control-request-method': 'POST' },
      })
      expect([answer.status, answer.headers.get('access-control-allow-credentials')]).toEqual([204, null])
    }
  })

  it('N-15 has none at the authorization endpoint, logout and the pages', async () => {
    for (const path of ['/oauth2/authorize', '/oauth2/logout', '/', '/register'])
      for (const method of ['GET', 'OPTIONS']) {
        const headers = { origin: home, 'access-control-request-method': 'GET' }
        expect(allowed(await at(path, { method, headers, redirect: 'manual' }))).toBeNull()
      }
  })
})
