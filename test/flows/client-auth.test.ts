import { createSecretKey, randomUUID } from 'node:crypto'
import { exportJWK, generateKeyPair, type JWTHeaderParameters, SignJWT } from 'jose'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import type { RunningServer } from '../support/server.ts'
import { type ApplicationServer, startApplication } from './application-server.ts'
import { type Calls, calls } from './calls.ts'
import { seedWith, service, shop, startSubject } from './subject.ts'

const postClient = { clientId: 'poster', clientSecret: 'the-secret-of-the-poster-is-long-enough' }
const key = await generateKeyPair('ES256')
const foreign = await generateKeyPair('ES256')
const jwk = { ...(await exportJWK(key.publicKey)), kid: 'robot-1', alg: 'ES256', use: 'sig' }

let keySet: ApplicationServer
let server: RunningServer
let ask: Calls

const machine = { redirect_uris: [], grant_types: ['client_credentials'], permissions: {} }
const keyed = { ...machine, token_endpoint_auth_method: 'private_key_jwt' }
beforeAll(async () => {
  keySet = await startApplication((path) =>
    path === '/jwks' ? { status: 200, body: { keys: [jwk] } } : { status: 404 },
  )
  const seed = seedWith([
    {
      ...machine,
      client_id: postClient.clientId,
      client_secret: postClient.clientSecret,
      token_endpoint_auth_method: 'client_secret_post',
    },
    { ...keyed, client_id: 'robot', jwks: { keys: [jwk] } },
    { ...keyed, client_id: 'remote', jwks_uri: `${keySet.origin}/jwks` },
  ])
  server = await startSubject({ seed, env: { OUTBOUND_ALLOW: '127.0.0.1' } })
  ask = calls(server)
})
afterAll(async () => {
  await server?.stop()
  await keySet?.close()
})

const GRANT = { grant_type: 'client_credentials' }
const refused = (answer: { status: number; headers: Headers; body: object }) => {
  expect(answer).toMatchObject({ status: 401, body: { error: 'invalid_client' } })
  expect(answer.headers.get('cache-control')).toContain('no-store')
}

describe('a secret', () => {
  it('X-13 is refused when wrong, with a challenge, and in the words for an unknown client', async () => {
    const wrong = await ask.token({ ...service, clientSecret: 'not the secret' }, GRANT)
    const unknown = await ask.token({ ...service, clientId: 'nobody' }, GRANT)
    for (const answer of [wrong, unknown]) {
      refused(answer)
      expect(answer.headers.get('www-authenticate')).toMatch(/^Basic realm=/)
    }
    expect(unknown.body).toEqual(wrong.body)
  })

  it('X-13 is taken the way that was registered, and in no other', async () => {
    const { clientId: client_id, clientSecret: client_secret } = postClient
    expect((await ask.token(undefined, { ...GRANT, client_id, client_secret })).status).toBe(200)
    refused(await ask.token({ clientId: service.clientId }, GRANT))
    const config = await oidc.discovery(
      new URL(server.issuer),
      client_id,
      undefined,
      oidc.ClientSecretPost(client_secret),
      { execute: [oidc.allowInsecureRequests] },
    )
    expect((await oidc.clientCredentialsGrant(config)).token_type).toBe('bearer')
  })

  it('X-13 is refused beside another proof, even where both are right', async () => {
    const { clientSecret: client_secret } = service
    const answer = await ask.token(service, { ...GRANT, client_secret })
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  })

  it('X-13 is refused in a header that cannot be read', async () => {
    for (const authorization of [
      'Basic ***',
      'Basic',
      `Basic ${Buffer.from('no colon').toString('base64')}`,
      `Basic ${Buffer.from('service:%zz').toString('base64')}`,
      'Bearer x',
    ]) {
      const { status, body } = await ask.token(undefined, GRANT, { authorization })
      expect([status, body.error]).toEqual([
        expect.toSatisfy((code: number) => code === 400 || code === 401),
        expect.stringMatching(/^invalid_(request|client)$/),
      ])
    }
  })

  it('N-19 two clients in one request are refused', async () => {
    const answer = await ask.token(service, { ...GRANT, client_id: shop.clientId })
    expect(answer).toMatchObject({ status: 400, body: { error: 'invalid_request' } })
  })
})

describe('private_key_jwt', () => {
  const seconds = () => Math.floor(Date.now() / 1000)
  const assertion = (
    claims: Record<string, unknown> = {},
    signer: Parameters<SignJWT['sign']>[0] = key.privateKey,
    header: Partial<JWTHeaderParameters> = {},
    clientId = 'robot',
  ) =>
    new SignJWT({
      iss: clientId,
      sub: clientId,
      aud: server.issuer,
      jti: randomUUID(),
      iat: seconds(),
      exp: seconds() + 60,
      ...claims,
    })
      .setProtectedHeader({ alg: 'ES256', ...header })
      .sign(signer)
  const present = (client_assertion: string) =>
    ask.token(undefined, {
      ...GRANT,
      client_assertion,
      client_assertion_type: 'urn:ietf:params:oauth:client-assertion-type:jwt-bearer',
    })

  it('N-10 gives a client its token, as its library signs for it', async () => {
    const config = await oidc.discovery(
      new URL(server.issuer),
      'robot',
      undefined,
      oidc.PrivateKeyJwt({ key: key.privateKey, kid: 'robot-1' }),
      { execute: [oidc.allowInsecureRequests] },
    )
    expect((await oidc.clientCredentialsGrant(config)).access_token).toBeTruthy()
  })

  it('takes the key from the address of the client, which the operator has allowed', async () => {
    expect((await present(await assertion({}, key.privateKey, {}, 'remote'))).status).toBe(200)
    expect(keySet.received.map(({ path }) => path)).toEqual(['/jwks'])
  })

  it('N-23 X-14 is good once', async () => {
    const signed = await assertion()
    expect((await present(signed)).status).toBe(200)
    refused(await present(signed))
    refused(await present(signed))
  })

  it('X-14 one jti is good once, in whatever assertion', async () => {
    const jti = randomUUID()
    expect((await present(await assertion({ jti }))).status).toBe(200)
    refused(await present(await assertion({ jti, exp: seconds() + 90 })))
  })

  it('N-23 X-14 is refused for another audience, late, early, or good for too long', async () => {
    for (const claims of [
      { aud: 'https://other.example' },
      { aud: `${server.issuer}/oauth2/token` },
      { aud: [server.issuer, 'https://other.example'] },
      { aud: undefined },
      { exp: seconds() - 60 },
      { exp: seconds() + 365 * 86_400 },
      { exp: seconds() + 600 },
      { exp: undefined },
      { iat: seconds() + 90 },
      { nbf: seconds() + 90 },
      { jti: undefined },
      { iss: 'shop' },
      { sub: 'service' },
    ])
      refused(await present(await assertion(claims)))
  })

  it('N-23 takes a clock that is a few seconds ahead', async () => {
    const ahead = { iat: seconds() + 8, nbf: seconds() + 8, exp: seconds() + 68 }
    expect((await present(await assertion(ahead))).status).toBe(200)
  })

  it('N-22 X-14 is refused under another key, algorithm or header, and nothing is fetched for it', async () => {
    const before = keySet.received.length
    const secret = createSecretKey(Buffer.from(JSON.stringify(jwk)))
    const unsigned = [{ alg: 'none' }, { iss: 'robot', sub: 'robot', aud: server.issuer, jti: randomUUID() }]
      .map((part) => Buffer.from(JSON.stringify(part)).toString('base64url'))
      .join('.')
    const jku = `${keySet.origin}/jwks?evil`
    for (const signed of [
      await assertion({}, foreign.privateKey),
      await assertion({}, foreign.privateKey, { kid: 'robot-1' }),
      await assertion({}, foreign.privateKey, { kid: 'other', jku, x5u: jku }),
      await assertion({}, foreign.privateKey, { jwk: await exportJWK(foreign.publicKey) }),
      await assertion({}, secret, { alg: 'HS256' }),
      `${unsigned}.`,
    ])
      refused(await present(signed))
    expect(keySet.received).toHaveLength(before)
  })

  it('a client with a key has no secret to come with', async () => {
    refused(await ask.token({ clientId: 'robot', clientSecret: 'x' }, GRANT))
    refused(await ask.token({ clientId: 'robot' }, GRANT))
  })
})
