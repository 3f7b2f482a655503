import { randomBytes } from 'node:crypto'
import { afterAll, beforeAll, expect, it } from 'vitest'
import type { ClientRecord } from '../../src/domain/ports.ts'
import { createAgent } from '../support/browserless.ts'
import { seenEverywhere } from '../support/deployment.ts'
import { type RelyingParty, relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import { storeBeside } from './beside.ts'
import { type Calls, calls } from './calls.ts'
import { API, kim, ledger, OPAQUE_API, own, seedWith, service, shop, startSubject } from './subject.ts'

/** It may introspect everything, and is nobody's client otherwise. */
const watch = { clientId: 'watch', clientSecret: randomBytes(32).toString('base64url') }
let server: RunningServer
let ask: Calls
let party: RelyingParty

beforeAll(async () => {
  server = await startSubject({
    seed: seedWith([
      {
        client_id: watch.clientId,
        client_secret: watch.clientSecret,
        redirect_uris: [],
        grant_types: ['client_credentials'],
        permissions: { [OPAQUE_API]: ['ledger:read'] },
        may_introspect: true,
      },
    ]),
  })
  ask = calls(server)
  party = await relyingParty(server.issuer, shop)
})
afterAll(() => server?.stop())

/** Changes it as another process does; it takes effect within a second. */
const change = async (clientId: string, edit: (client: ClientRecord) => ClientRecord): Promise<void> => {
  const store = await storeBeside(server)
  const found = await store.clients.find(clientId)
  if (!found) throw new Error('no client')
  await store.clients.replace(edit(found))
  await store.close()
}
const disable = (clientId: string, disabled: boolean) =>
  change(clientId, (client) => ({ ...client, metadata: { ...client.metadata, disabled } }))

it('a client that is disabled loses every token, and no other does; enabled again it has what has not ended', async () => {
  const parameters = { scope: 'openid offline_access ledger:read', prompt: 'consent', resource: OPAQUE_API }
  const agent = createAgent()
  const tokens = await party.signIn(agent, kim, parameters)
  const others = await (await relyingParty(server.issuer, own)).signIn(agent, kim)
  const isActive = () => ask.isActive(ledger, tokens.access_token)
  expect(await isActive()).toBe(true)
  await disable(shop.clientId, true)
  await expect.poll(isActive, { timeout: 10_000, interval: 100 }).toBe(false)
  await seenEverywhere()
  for (const token of [tokens.access_token, tokens.refresh_token])
    expect(await ask.introspect(service, token)).toMatchObject({ status: 200, body: { active: false } })
  expect(await ask.refresh(shop, tokens.refresh_token)).toMatchObject({
    status: 401,
    body: { error: 'invalid_client' },
  })
  const { url } = await party.leave()
  expect((await agent.get(url)).status).toBe(400)
  expect(await ask.isActive(own, others.access_token)).toBe(true)
  await disable(shop.clientId, false)
  await expect.poll(isActive, { timeout: 10_000, interval: 100 }).toBe(true)
})

it('a token that a client had for itself is dead with it', async () => {
  const fields = { grant_type: 'client_credentials', resource: OPAQUE_API, scope: 'ledger:read' }
  const { body } = await ask.token(watch, fields)
  const isActive = () => ask.isActive(ledger, body.access_token)
  expect(await isActive()).toBe(true)
  await disable(watch.clientId, true)
  await expect.poll(isActive, { timeout: 10_000, interval: 100 }).toBe(false)
  await seenEverywhere()
  expect(await ask.token(watch, { ...fields, resource: API })).toMatchObject({ status: 401 })
})
