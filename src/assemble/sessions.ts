import { randomBytes } from 'node:crypto'
import type { Foundation } from '../build.ts'
import { FIRST_PARTY_CLIENT, isBuiltIn } from '../domain/first-party.ts'
import { knownDevices, type SignInPlace } from '../domain/known-devices.ts'
import { accountSessions } from '../oidc/account-sessions.ts'
import { asker } from '../oidc/asker.ts'
import { backChannelLogout } from '../oidc/back-channel.ts'
import { connectedApplications } from '../oidc/connected-applications.ts'
import { makeRoom } from '../oidc/crowded-sessions.ts'
import type { Engine } from '../oidc/engine.ts'
import type { EventParts } from '../oidc/events.ts'
import { familyNotes } from '../oidc/family-notes.ts'
import { onceAnHour, lastUse as openLastUse } from '../oidc/last-use.ts'
import { livingSessions } from '../oidc/living-sessions.ts'
import { sessionRecords } from '../oidc/session-records.ts'
import type { MailParts } from './mail.ts'

export type SessionRecords = ReturnType<typeof openSessionRecords>
export type Sessions = ReturnType<typeof openSessions>

/** What the engine writes down about sessions and their use. */
export const openSessionRecords = ({ config, store, audit, now, afterwards }: Foundation) => {
  const { artifacts } = store
  const living = livingSessions({ artifacts, account: store.accounts.find, ttl: config.ttl, now })
  const records = sessionRecords({
    artifacts,
    now,
    audit,
    newId: () => randomBytes(16).toString('base64url'),
    lifetime: Math.max(config.ttl.sessionAbsolute, config.ttl.refreshTokenAbsolute) * 1000,
    makeRoom: makeRoom({ living, audit }),
  })
  const lastUse = openLastUse({ artifacts, now, afterwards })
  const isNews = onceAnHour(now)
  const used: EventParts['used'] = ({ sub, clientId, grantId }) => {
    if (!isBuiltIn(clientId)) lastUse.used(sub, clientId)
    if (clientId === FIRST_PARTY_CLIENT && grantId !== undefined && isNews(grantId))
      afterwards(() => records.used(sub, grantId))
  }
  return { living, records, lastUse, used }
}

/** What a person can do about sessions and applications. */
export const openSessions = (
  { store, accounts, access, audit, log, now, afterwards, notices }: Foundation,
  { engine, kept, mail }: { engine: Engine; kept: SessionRecords; mail: MailParts },
) => {
  const { provider } = engine
  const tell = backChannelLogout({ provider, log })
  const askerOf = async (clientId: string) => {
    const client = await provider().Client.find(clientId)
    return client && asker(client)
  }
  const shared = { ...kept, accounts, tell, afterwards: notices, audit }
  const sessions = accountSessions(shared)
  const noteDevice = knownDevices({ ...store, ...mail, account: store.accounts.find, now })
  const seen = (sub: string, place: SignInPlace): void => afterwards(() => noteDevice(sub, place))
  return {
    tell,
    sessions,
    applications: connectedApplications({ ...shared, askerOf, consents: store.consents, access }),
    /** For an account that has ended its sessions: tells their clients, soon. */
    sessionsEnded: (sub: string): void => notices(() => sessions.tellEnded(sub)),
    families: familyNotes({ records: kept.records, seen, afterwards, audit }),
    deviceSeen: seen,
  }
}
