import type { Adapter } from 'oidc-provider'
import { accounts as createAccounts } from '../../src/domain/accounts.ts'
import { digest } from '../../src/domain/digest.ts'
import type { Audit } from '../../src/domain/ports.ts'
import { accountSessions } from '../../src/oidc/account-sessions.ts'
import { adapterFactory } from '../../src/oidc/adapter.ts'
import { makeRoom } from '../../src/oidc/crowded-sessions.ts'
import { livingSessions } from '../../src/oidc/living-sessions.ts'
import { sessionRecords } from '../../src/oidc/session-records.ts'
import { account, START } from '../contract/open-for-test.ts'
import { openTestStore } from '../store/sqlite/data-dir.ts'

const DAY = 86_400
/** Seconds. */
export const TTL = { session: 14 * DAY, refreshToken: 30 * DAY, refreshTokenAbsolute: 90 * DAY }

/** Sessions and grants as the engine keeps them, in a real store, and what is known of them. */
export const arrangeSessions = async () => {
  const time = { now: START + 500 }
  const now = () => time.now
  const store = await openTestStore({ now })
  await store.accounts.insert(account('kim'))
  await store.accounts.insert(account('lou'))
  const { artifacts } = store
  const events: Parameters<Audit>[0][] = []
  const told: unknown[][] = []
  const work: Promise<unknown>[] = []
  const audit: Audit = (event) => {
    events.push(event)
  }
  const living = livingSessions({ artifacts, account: store.accounts.find, ttl: TTL, now })
  let last = 0
  const records = sessionRecords({
    artifacts,
    now,
    audit,
    newId: () => `id-${++last}`,
    lifetime: 90 * DAY * 1000,
    makeRoom: makeRoom({ living, audit }),
  })
  const engine = adapterFactory({
    artifacts,
    accounts: store.accounts,
    client: async (clientId) => ({ client_id: clientId }),
    clientExistedAt: async () => true,
    now,
    refreshGrace: 10,
    sessions: records,
  })
  const accounts = createAccounts({
    store: store.accounts,
    hasher: { hash: async () => '' },
    now,
    newSub: () => 'new',
  })
  const shared = {
    records,
    living,
    audit,
    accounts,
    afterwards: (doing: () => Promise<unknown>) => {
      work.push(doing())
    },
    tell: async (...about: unknown[]) => {
      told.push(about)
    },
  }
  const seconds = () => Math.floor(time.now / 1000)
  return {
    time,
    store,
    engine,
    records,
    living,
    shared,
    events,
    told,
    sessions: accountSessions(shared),
    /** What was left for later is done. */
    async settled() {
      while (work.length > 0) await work.shift()
    },
    /** Saves a browser session as the engine does, with a grant for each client. */
    async browser(uid: string, clientIds: string[] = [], sub = 'kim') {
      const authorizations: Record<string, { sid: string; grantId: string }> = {}
      for (const clientId of clientIds) {
        const grantId = `${uid}-${clientId}`
        authorizations[clientId] = { sid: `sid-${grantId}`, grantId }
        await saveGrant(engine('Grant'), grantId, { accountId: sub, clientId, iat: seconds() })
      }
      const session = { kind: 'Session', uid, accountId: sub, loginTs: seconds(), authorizations }
      await engine('Session').upsert(`cookie-${uid}`, { ...session, jti: `cookie-${uid}` }, TTL.session)
      return session
    },
    /** A family of the REST API. */
    async family(grantId: string, sub = 'kim') {
      await saveGrant(engine('Grant'), grantId, {
        accountId: sub,
        clientId: 'gatehouse-api',
        iat: seconds(),
      })
      const about = { userAgent: 'curl/8', address: '192.0.2.7' }
      await records.started(sub, { kind: 'api', reference: grantId, ...about })
    },
    async isSignedIn(uid: string) {
      return (await engine('Session').find(`cookie-${uid}`)) !== undefined
    },
    async hasGrant(grantId: string) {
      return (await engine('Grant').find(grantId)) !== undefined
    },
    keyOf: digest,
  }
}

const saveGrant = (grants: Adapter, grantId: string, payload: object): Promise<unknown> =>
  Promise.resolve(grants.upsert(grantId, { kind: 'Grant', jti: grantId, ...payload }, 180 * DAY))
