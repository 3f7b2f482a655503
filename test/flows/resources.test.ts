import { decodeJwt } from 'jose'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { seenEverywhere } from '../support/deployment.ts'
import { answerOf, type RelyingParty, relyingParty, type Tokens } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { storeBeside } from './beside.ts'
import { type Calls, calls } from './calls.ts'
import { API, kim, ledger, lou, OPAQUE_API, own, service, shop, startSubject } from './subject.ts'

const browser = createAgent()
const SCOPE = 'openid offline_access orders:read orders:write ledger:read'
let server: RunningServer
let ask: Calls
let party: RelyingParty

beforeAll(async () => {
  server = await startSubject()
  ask = calls(server)
  party = await relyingParty(server.issuer, shop)
})
afterAll(() => server?.stop())

/** An authorization request for several resources, which a URLSearchParams of single values cannot hold. */
const leave = async (resources: string[], parameters: Record<string, string> = {}) => {
  const attempt = await party.leave({ scope: SCOPE, prompt: 'consent', ...parameters })
  const url = new URL(attempt.url)
  for (const resource of resources) url.searchParams.append('resource', resource)
  return { ...attempt, url: url.href }
}

const signIn = async (resources: string[], traded?: Record<string, string>): Promise<Tokens> => {
  const attempt = await leave(resources)
  return party.arrive(await party.callback(browser, kim, attempt), attempt, traded)
}

const errorOf = async (resources: string[]): Promise<string | null> => {
  const { url } = await leave(resources)
  return new URL(answerOf(await browser.get(url, { stopAt: shop.redirectUri }))).searchParams.get('error')
}

describe('a resource', () => {
  it('N-09 gives a token for this API alone, and need not be named twice', async () => {
    const { access_token } = await signIn([API])
    expect(decodeJwt(access_token)).toMatchObject({ aud: API, scope: 'orders:read', client_id: 'shop' })
  })

  it('without one the token is opaque, for userinfo', async () => {
    const { access_token, scope } = await signIn([])
    expect(access_token).not.toContain('.')
    expect(scope).toBe('openid offline_access')
  })

  it('is refused where there is no such API, or the client may ask nothing of it', async () => {
    const builtIn = ['api', 'admin', 'access'].map((name) => `${server.issuer}/${name}`)
    for (const resource of ['https://nowhere.example/', `${API}/`, 'not a URI', '#x', ...builtIn])
      expect([resource, await errorOf([resource])]).toEqual([resource, 'invalid_target'])
    expect(await errorOf([API, 'https://nowhere.example/'])).toBe('invalid_target')
  })

  it('is refused at the token endpoint in the same way', async () => {
    for (const resource of ['https://nowhere.example/', OPAQUE_API, `${server.issuer}/admin`]) {
      const fields = { grant_type: 'client_credentials', resource }
      expect(await ask.token(service, fields)).toMatchObject({
        status: 400,
        body: { error: 'invalid_target' },
      })
    }
    const { refresh_token } = await signIn([API])
    expect(await ask.refresh(shop, refresh_token, { resource: OPAQUE_API })).toMatchObject({
      status: 400,
      body: { error: 'invalid_target' },
    })
    expect((await ask.refresh(shop, refresh_token)).status).toBe(200)
  })
})

describe('two resources', () => {
  it('N-21 give a token each, never one for both', async () => {
    const tokens = await signIn([API, OPAQUE_API], { resource: API })
    expect(decodeJwt(tokens.access_token)).toMatchObject({ aud: API, scope: 'orders:read' })
    const { body } = await ask.refresh(shop, tokens.refresh_token, { resource: OPAQUE_API })
    expect((await ask.introspect(ledger, body.access_token)).body).toMatchObject({
      active: true,
      aud: OPAQUE_API,
      scope: 'ledger:read',
    })
  })

  it('must be told apart at the token endpoint', async () => {
    const attempt = await leave([API, OPAQUE_API])
    const callback = await party.callback(browser, kim, attempt)
    await expect(party.arrive(callback, attempt)).rejects.toMatchObject({ error: 'invalid_target' })
    const { refresh_token } = await signIn([API, OPAQUE_API], { resource: API })
    const both: [string, string][] = [API, OPAQUE_API].map((resource) => ['resource', resource])
    const answer = await ask.token(shop, [
      ['grant_type', 'refresh_token'],
      ['refresh_token', refresh_token ?? ''],
      ...both,
    ])
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_target' } })
  })

  it('are shown at consent, each scope once', async () => {
    const { url } = await leave([API, OPAQUE_API])
    const page = await browser.get(url)
    const shown = page.select('[data-scope]').map(({ attributes }) => attributes['data-scope'])
    expect(shown.sort()).toEqual(SCOPE.split(' ').sort())
  })
})

describe('permissions', () => {
  it('a person without any gets a token that allows nothing, and is not asked again and again', async () => {
    const attempt = await leave([API])
    const { access_token } = await party.arrive(
      await party.callback(createAgent(), lou, attempt),
      attempt,
      {},
    )
    const claims = decodeJwt(access_token)
    expect([claims.scope ?? '', claims.roles]).toEqual(['', []])
  })

  it('a role taken away is gone at the next refresh and the next introspection, and given again it is back', async () => {
    const jwt = await signIn([API])
    const opaque = await signIn([OPAQUE_API])
    const store = await storeBeside(server)
    const account = await store.accounts.findByEmailKey(kim.login)
    if (!account) throw new Error('no account')
    const seen = async () => (await ask.introspect(ledger, opaque.access_token)).body
    expect(await seen()).toMatchObject({ active: true, scope: 'ledger:read', roles: ['reader'] })

    await store.accounts.replace({ ...account, roles: [] })
    await expect.poll(async () => (await seen()).scope, { timeout: 10_000 }).toBeUndefined()
    await seenEverywhere()
    expect(await seen()).toMatchObject({ active: true, roles: [] })
    const less = await ask.refresh(shop, jwt.refresh_token)
    const claims = decodeJwt(less.body.access_token ?? '')
    expect([claims.aud, claims.scope ?? '', claims.roles]).toEqual([API, '', []])

    await store.accounts.replace({ ...account, version: account.version + 1 })
    await store.close()
    await expect.poll(async () => (await seen()).scope, { timeout: 10_000 }).toBe('ledger:read')
    await seenEverywhere()
    const more = await ask.refresh(shop, less.body.refresh_token)
    expect(decodeJwt(more.body.access_token ?? '')).toMatchObject({ scope: 'orders:read', roles: ['reader'] })
  })

  it('a first-party client is narrowed by roles like any other', async () => {
    const ours = await relyingParty(server.issuer, own)
    const parameters = { scope: 'openid orders:read orders:write', resource: API }
    const { access_token } = await ours.signIn(createAgent(), kim, parameters)
    expect(decodeJwt(access_token)).toMatchObject({ scope: 'orders:read', roles: ['reader'] })
  })

  it('a service has its own, asked or not, and no more', async () => {
    const grant = { grant_type: 'client_credentials', resource: API }
    const all = await ask.token(service, { ...grant, scope: 'orders:read orders:write' })
    expect(decodeJwt(all.body.access_token ?? '')).toMatchObject({ aud: API, scope: 'orders:write' })
  })
})
