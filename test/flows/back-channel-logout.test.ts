import { createRemoteJWKSet, jwtVerify } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { relyingParty } from '../support/relying-party.ts'
import type { RunningServer, ServerOptions } from '../support/server.ts'
import { type ApplicationServer, startApplication } from './application-server.ts'
import { kim, own, seedWith, shop, startSubject } from './subject.ts'

const ears = {
  clientId: 'ears',
  clientSecret: 'the-secret-of-the-listener-is-long-enough',
  redirectUri: 'http://localhost:4710/callback',
}
let application: ApplicationServer
let refusing: ApplicationServer
let servers: RunningServer[] = []

const client = (id: string, uri: string) => ({
  client_id: id,
  client_secret: ears.clientSecret,
  redirect_uris: [ears.redirectUri],
  first_party: true,
  backchannel_logout_uri: uri,
  backchannel_logout_session_required: true,
})

beforeAll(async () => {
  application = await startApplication()
  refusing = await startApplication(() => ({ status: 500 }))
  const seed = seedWith([
    client('ears', `${application.origin}/ended`),
    client('deaf', `${refusing.origin}/ended`),
  ])
  const start = (env: ServerOptions['env'] = {}) => startSubject({ seed, env })
  servers = await Promise.all([start({ OUTBOUND_ALLOW: '127.0.0.1/32' }), start()])
})
afterAll(async () => {
  await Promise.all(servers.map((server) => server.stop()))
  await Promise.all([application?.close(), refusing?.close()])
})

/** Signs a person in to these applications in one browser, and out of the browser. */
const comeAndGo = async (server: RunningServer | undefined, clients: (typeof ears)[]) => {
  const agent = createAgent()
  const issuer = server?.issuer ?? ''
  const parties = await Promise.all(clients.map((one) => relyingParty(issuer, one)))
  const claims = []
  for (const party of parties) claims.push((await party.signIn(agent, kim)).claims())
  const [first] = parties
  if (!first) throw new Error('no application')
  const page = await agent.get(oidc.buildEndSessionUrl(first.config).href)
  const done = await agent.submit(page, '#logout-yes')
  return { issuer, claims, done }
}

it('X-34 N-35 tells an application once, with a signed token about this session alone', async () => {
  const { issuer, claims, done } = await comeAndGo(servers[0], [ears, own, shop])
  expect(done.status).toBe(200)
  expect(application.received).toHaveLength(1)
  const { path, body } = application.received[0] ?? { path: '', body: '' }
  expect(path).toBe('/ended')
  const keys = createRemoteJWKSet(new URL(`${issuer}/oauth2/jwks`))
  const { payload, protectedHeader } = await jwtVerify(
    new URLSearchParams(body).get('logout_token') ?? '',
    keys,
    { issuer, audience: 'ears', typ: 'logout+jwt' },
  )
  expect(protectedHeader.alg).toBe('ES256')
  expect(payload).toMatchObject({
    sub: claims[0]?.sub,
    sid: claims[0]?.sid,
    events: { 'http://schemas.openid.net/event/backchannel-logout': {} },
  })
  expect(payload.sid).toBeDefined()
  expect(payload.nonce).toBeUndefined()
  expect(Number(payload.exp) - Number(payload.iat)).toBeLessThanOrEqual(120)
})

it('R-23 an application that fails does not hold the person up, and the log names it', async () => {
  const { done } = await comeAndGo(servers[0], [{ ...ears, clientId: 'deaf' }])
  expect([done.status, refusing.received.length]).toEqual([200, 1])
  const logged = () =>
    servers[0]
      ?.output()
      .split('\n')
      .find((line) => line.includes('was not delivered'))
  await expect.poll(logged, { timeout: 10_000 }).toContain('"clientId":"deaf"')
  expect(logged()).not.toContain('logout_token')
})

it('reaches no private address that OUTBOUND_ALLOW does not name, and still ends the session', async () => {
  const before = application.received.length
  const { done } = await comeAndGo(servers[1], [ears])
  expect(done.url).toContain('/oauth2/logout/success')
  expect(application.received).toHaveLength(before)
})
