import { randomBytes } from 'node:crypto'
import Provider from 'oidc-provider'
import { expect, it } from 'vitest'
import { sealer } from '../../../src/adapters/sealer.ts'
import { access } from '../../../src/domain/access/access.ts'
import type { ClientInput } from '../../../src/domain/clients/metadata.ts'
import { clientRegistry } from '../../../src/domain/clients/registry.ts'
import { demoSeed } from '../../../src/domain/seed/demo.ts'
import { signingKeys } from '../../../src/domain/signing-keys.ts'
import { bindClients } from '../../../src/oidc/clients.ts'
import { configuration } from '../../../src/oidc/configuration.ts'
import { openTestStore } from '../../store/sqlite/data-dir.ts'

const issuer = 'http://localhost:3000'
const HOUR = 3600

/** The engine with its real settings on our registry. */
const engine = async () => {
  const store = await openTestStore()
  const now = Date.now
  const sealing = sealer([randomBytes(32)])
  const { accounts, clients: clientStore, documents, onChange } = store
  const account = (sub: string) => accounts.find(sub)
  const clients = clientRegistry({
    issuer: 'https://gate.example',
    store: clientStore,
    accounts,
    onChange,
    sealer: sealing,
    random: randomBytes,
    now: Date.now,
  })
  const rules = await access({
    documents,
    onChange,
    issuer,
    defaultResource: `${issuer}/api`,
    account,
    client: clients.permissions,
    now: Date.now,
  })
  const keys = await signingKeys({
    documents,
    sealer: sealing,
    now,
    publishAhead: HOUR,
    retireAfter: HOUR,
  }).load()
  const provider = new Provider(
    issuer,
    configuration({
      jwks: keys.jwks(),
      cookieKeys: ['a key for cookies of this test'],
      secure: false,
      ttl: {
        accessToken: HOUR,
        idToken: HOUR,
        authorizationCode: 60,
        clientCredentials: HOUR,
        interaction: HOUR,
        session: HOUR,
        sessionAbsolute: HOUR,
        refreshToken: HOUR,
        refreshTokenAbsolute: HOUR,
      },
      now,
      dpopNonceSecret: randomBytes(32),
      adapter: {
        artifacts: store.artifacts,
        accounts: store.accounts,
        client: clients.metadata,
        clientExistedAt: clients.existedAt,
        now,
        refreshGrace: 10,
        sessions: { started: async () => undefined },
      },
      accounts: store.accounts,
      demand: async () => 'none',
      consents: store.consents,
      access: rules,
      views: {
        logout: async () => undefined,
        loggedOut: async () => undefined,
        refused: () => undefined,
        error: async () => undefined,
      },
      outboundAllow: [],
    }),
  )
  bindClients(provider, clients)
  return { provider, clients }
}

const web: ClientInput = { client_id: 'web', client_secret: 'x', redirect_uris: ['https://shop.example/cb'] }
const spa: ClientInput = {
  client_id: 'spa',
  token_endpoint_auth_method: 'none',
  redirect_uris: ['https://shop.example/cb'],
}
const inputs: ClientInput[] = [
  web,
  spa,
  {
    ...web,
    client_id: 'rsa',
    id_token_signed_response_alg: 'RS256',
    require_pushed_authorization_requests: true,
  },
  {
    ...spa,
    client_id: 'native',
    application_type: 'native',
    redirect_uris: ['com.example.app:/cb', 'http://127.0.0.1/cb', 'https://app.example/cb'],
  },
  {
    ...spa,
    client_id: 'signer',
    token_endpoint_auth_method: 'private_key_jwt',
    token_endpoint_auth_signing_alg: 'ES256',
    jwks: { keys: [{ kty: 'EC', crv: 'P-256', x: 'eA', y: 'eQ', kid: 'one', use: 'sig' }] },
    backchannel_logout_uri: 'https://shop.example/logout',
    backchannel_logout_session_required: true,
    default_max_age: HOUR,
    dpop_bound_access_tokens: true,
  },
  ...demoSeed(issuer).clients,
]

it('has no fault to find with any kind of client that the registry takes', async () => {
  const { provider, clients } = await engine()
  for (const input of inputs) await clients.merge(input, { demo: false })
  for (const { client_id: id } of inputs) {
    const client = await provider.Client.find(id)
    const { client_secret, ...metadata } = (await clients.metadata(id)) ?? {}
    expect(client?.metadata()).toMatchObject(metadata)
  }
})

it('compares secrets with the keyed hash', async () => {
  const { provider, clients } = await engine()
  await clients.merge({ ...web, client_secret: 'the secret' }, { demo: false })
  const client = await provider.Client.find('web')
  expect(await client?.compareClientSecret('the secret')).toBe(true)
  expect(await client?.compareClientSecret(client.clientSecret ?? '')).toBe(false)
})
