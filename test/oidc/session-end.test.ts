import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Adapter } from 'oidc-provider'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { noMetrics } from '../../src/adapters/metrics.ts'
import { adapterFactory } from '../../src/oidc/adapter.ts'
import { type OpenedStore, openStore } from '../../src/store/index.ts'
import { account, HOUR, START } from '../contract/open-for-test.ts'

const silent = { info: () => undefined, warn: () => undefined, error: () => undefined }
const session = { kind: 'Session', uid: 'u', accountId: 'kim', loginTs: START / 1000, jti: 'cookie' }
const TTL = HOUR / 1000

let dataDir: string
let store: OpenedStore
let sessions: Adapter
beforeEach(async () => {
  dataDir = mkdtempSync(join(tmpdir(), 'gatehouse-session-'))
  store = await openStore({ dataDir, role: 'server', now: () => START, log: silent, metrics: noMetrics })
  await store.accounts.insert(account('kim'))
  sessions = adapterFactory({
    artifacts: store.artifacts,
    accounts: store.accounts,
    client: async (clientId) => ({ client_id: clientId }),
    clientExistedAt: async () => true,
    now: () => START,
    refreshGrace: 10,
    sessions: { started: async () => undefined },
  })('Session')
  await sessions.upsert('cookie', session, TTL)
})
afterEach(async () => {
  await store.close()
  rmSync(dataDir, { recursive: true })
})

describe('the end of a browser session', () => {
  it('closes it for its cookie and for every token that is bound to it', async () => {
    expect(await sessions.find('cookie')).toMatchObject({ accountId: 'kim' })
    await sessions.destroy('cookie')
    expect(await sessions.find('cookie')).toBeUndefined()
    expect(await sessions.findByUid('u')).toBeUndefined()
  })

  it('is final: a request that had read it before cannot save it back', async () => {
    await sessions.destroy('cookie')
    await sessions.upsert('cookie', { ...session, authorizations: { shop: { grantId: 'g' } } }, TTL)
    await sessions.upsert('another cookie', session, TTL)
    expect(await sessions.find('cookie')).toBeUndefined()
    expect(await sessions.find('another cookie')).toBeUndefined()
    expect(await sessions.findByUid('u')).toBeUndefined()
  })

  it('leaves the next session of the same person alone', async () => {
    await sessions.destroy('cookie')
    await sessions.upsert('next cookie', { ...session, uid: 'v' }, TTL)
    expect(await sessions.find('next cookie')).toMatchObject({ accountId: 'kim', uid: 'v' })
  })
})
