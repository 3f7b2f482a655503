import type { AdapterPayload } from 'oidc-provider'
import { digest } from '../domain/digest.ts'
import { FIRST_PARTY_CLIENT } from '../domain/first-party.ts'
import type { Account, Artifact, ArtifactStore, Clock } from '../domain/ports.ts'
import { refuse } from '../errors.ts'
import { isAlive, isGrantAlive, isPayloadOf } from './adapter-parts.ts'
import { endFamily } from './families.ts'
import type { Lifetimes } from './lifetimes.ts'
import { isStoredSession, type StoredSession } from './session-merge.ts'
import { type SessionRecord, USE_STEP } from './session-records.ts'
import { tombstone } from './session-tombstone.ts'

/** What a client has of a browser session. */
export interface SessionClient {
  clientId: string
  /** Claim `sid` of its ID tokens. */
  sid: string | undefined
  grantId: string | undefined
}

export interface LivingSession {
  /** Milliseconds. */
  lastUsedAt: number
  clients: SessionClient[]
}

type Known = Pick<SessionRecord, 'kind' | 'reference' | 'startedAt' | 'lastUsedAt'>

/** Sessions as they rest in the store: the engine's in a browser, families of the REST API. */
export interface LivingSessions {
  /** What lives of a session of this person; undefined for a dead one. */
  look(sub: string, known: Known): Promise<LivingSession | undefined>
  /** Ends a session with all that it gave away, dead or alive; resolves with the clients that are to be told. */
  end(sub: string, known: Known): Promise<SessionClient[]>
  /** Takes a client out of a browser session, with its grant; resolves with what the client had. */
  forget(sub: string, known: Known, clientId: string): Promise<SessionClient | undefined>
}

export interface LivingSessionParts {
  artifacts: ArtifactStore
  account: (sub: string) => Promise<Account | undefined>
  ttl: Pick<Lifetimes, 'refreshToken' | 'refreshTokenAbsolute'>
  now: Clock
}

/** Other tabs of one browser that save its session meanwhile. */
const MOST_ATTEMPTS = 50

export const livingSessions = (parts: LivingSessionParts): LivingSessions => {
  const { artifacts, account, now } = parts
  const keyed = { artifacts, keyOf: digest }

  /** Reads a browser session and writes what the edit makes of it, until no other tab was faster. */
  const change = async (
    sub: string,
    uid: string,
    edit: (
      session: StoredSession,
      found: Artifact,
    ) => Promise<Parameters<ArtifactStore['put']>[0] | undefined>,
  ): Promise<StoredSession | undefined> => {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const found = await artifacts.find('Session', digest(uid))
      const session = found && sessionOf(found, sub)
      const next = session && (await edit(session, found))
      if (!next) return undefined
      if (await artifacts.putIf(next, found.revision)) return session
    }
    throw refuse('busy', { retryAfter: 1 })
  }

  return {
    async look(sub, known) {
      const [owner, found] = await Promise.all([
        account(sub),
        artifacts.find(known.kind === 'api' ? 'Grant' : 'Session', digest(known.reference)),
      ])
      if (!owner || !found) return undefined
      return known.kind === 'api' ? family(owner, found, known, parts) : browser(owner, found, known)
    },
    async end(sub, { kind, reference }) {
      if (kind === 'api') {
        await endFamily(reference, keyed)
        return []
      }
      // The grants first: if that fails, the session is there for the next try.
      const ended = await change(sub, reference, async (session) => {
        await Promise.all(grantsOf(session).map((grantId) => endFamily(grantId, keyed)))
        return tombstone(digest(reference), now(), 'everything')
      })
      return ended ? clientsOf(ended) : []
    },
    async forget(sub, { kind, reference }, clientId) {
      if (kind === 'api') return undefined
      const before = await change(sub, reference, async (session, { model, key, expiresAt }) => {
        const { [clientId]: removed, ...authorizations } = session.authorizations ?? {}
        if (!removed) return undefined
        if (removed.grantId !== undefined) await endFamily(removed.grantId, keyed)
        return { model, key, expiresAt, payload: { ...session, authorizations }, grantId: undefined }
      })
      return before && clientsOf(before).find((client) => client.clientId === clientId)
    },
  }
}

/** Undefined for a tombstone, and where another person has signed in meanwhile. */
const sessionOf = ({ payload }: Artifact, sub: string): StoredSession | undefined =>
  isPayloadOf('Session', payload) && isStoredSession(payload) && payload.accountId === sub
    ? payload
    : undefined

const clientsOf = ({ authorizations = {} }: AdapterPayload): SessionClient[] =>
  Object.entries(authorizations).map(([clientId, { sid, grantId }]) => ({ clientId, sid, grantId }))

const grantsOf = (session: AdapterPayload): string[] =>
  clientsOf(session).flatMap(({ grantId }) => grantId ?? [])

const browser = (owner: Account, found: Artifact, { lastUsedAt }: Known): LivingSession | undefined => {
  const session = sessionOf(found, owner.sub)
  if (!session || !isAlive(owner, session.loginTs)) return undefined
  return { lastUsedAt: session.savedAt ?? lastUsedAt, clients: clientsOf(session) }
}

/** A grant outlives the refresh tokens that rest on it: without them its family is over. */
const family = (
  owner: Account,
  found: Artifact,
  { startedAt, lastUsedAt }: Known,
  { ttl, now }: LivingSessionParts,
): LivingSession | undefined => {
  const grant: AdapterPayload | undefined = isPayloadOf('Grant', found.payload) ? found.payload : undefined
  if (grant?.accountId !== owner.sub) return undefined
  if (!isGrantAlive(owner, { clientId: FIRST_PARTY_CLIENT, bornAt: grant.iat })) return undefined
  const end = Math.min(
    lastUsedAt + USE_STEP + ttl.refreshToken * 1000,
    startedAt + ttl.refreshTokenAbsolute * 1000,
  )
  return now() < end ? { lastUsedAt, clients: [] } : undefined
}
