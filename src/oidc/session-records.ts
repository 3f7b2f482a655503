import { z } from 'zod'
import { cleanUserAgent, deviceName, deviceOf } from '../domain/devices.ts'
import { digest } from '../domain/digest.ts'
import { FIRST_PARTY_CLIENT } from '../domain/first-party.ts'
import type { ArtifactStore, Audit, Clock } from '../domain/ports.ts'
import { refuse } from '../errors.ts'

const SessionRecord = z.object({
  /** Random; names the session to its owner. */
  id: z.string(),
  kind: z.enum(['browser', 'api']),
  /** Uid of the engine's session, or id of the grant: never shown. */
  reference: z.string(),
  userAgent: z.string().optional(),
  address: z.string().optional(),
  /** Milliseconds. */
  startedAt: z.number(),
  /** Milliseconds; of a browser session the session itself knows better. */
  lastUsedAt: z.number(),
})
export type SessionRecord = z.output<typeof SessionRecord>
const Stored = z.object({ sessions: z.array(SessionRecord) })

/** A sign-in that has just succeeded. */
export interface StartedSession {
  kind: SessionRecord['kind']
  reference: string
  userAgent: string | undefined
  address: string | undefined
}

/** What is known of the sessions of an account: one bounded list, changed by compare-and-set. */
export interface SessionRecords {
  /** Remembers a sign-in; a second one in the same session takes the place of the first. */
  started(sub: string, session: StartedSession): Promise<void>
  /** Remembers that a session of the REST API was used, if that is news. */
  used(sub: string, reference: string): Promise<void>
  /** All of them, the dead ones as well. */
  list(sub: string): Promise<SessionRecord[]>
  /** Forgets these; of parallel callers each record is given to one. */
  drop(sub: string, references: readonly string[]): Promise<SessionRecord[]>
}

export interface SessionRecordParts {
  artifacts: Pick<ArtifactStore, 'find' | 'putIf'>
  now: Clock
  /** Random and unique. */
  newId: () => string
  /** Milliseconds that a session can live at most. */
  lifetime: number
  /**
   * Makes room in a list that is full: what is dead goes, or else what was used least lately, which is ended. A session
   * that nobody sees could not be ended.
   */
  makeRoom(sub: string, records: readonly SessionRecord[]): Promise<SessionRecord[]>
  audit: Audit
}

const MODEL = 'AccountSessions'
const MOST_RECORDS = 100
/** More parallel sign-ins of one account than this happen only in an attack. */
const MOST_ATTEMPTS = 50
/** Milliseconds by which the last use may be stale. */
export const USE_STEP = 3_600_000

/** What becomes of the list; undefined leaves it alone. */
type Edit = (records: SessionRecord[]) => SessionRecord[] | undefined | Promise<SessionRecord[]>

export const sessionRecords = (parts: SessionRecordParts): SessionRecords => {
  const { artifacts, now, newId, lifetime, makeRoom, audit } = parts
  const load = async (sub: string) => {
    const found = await artifacts.find(MODEL, digest(sub))
    const parsed = Stored.safeParse(found?.payload)
    return { found, records: parsed.success ? parsed.data.sessions : [] }
  }

  const change = async (sub: string, edit: Edit): Promise<void> => {
    for (let attempt = 0; attempt < MOST_ATTEMPTS; attempt++) {
      const { found, records } = await load(sub)
      const sessions = await edit(records)
      if (!sessions) return
      const expiresAt = Math.max(found?.expiresAt ?? 0, now() + lifetime)
      const next = { model: MODEL, key: digest(sub), payload: { sessions }, expiresAt, grantId: undefined }
      if (await artifacts.putIf(next, found?.revision ?? 0)) return
    }
    throw refuse('busy', { retryAfter: 1 })
  }

  return {
    async started(sub, { kind, reference, userAgent, address }) {
      await change(sub, async (records) => {
        const others = records.filter((one) => one.reference !== reference)
        const id = records.find((one) => one.reference === reference)?.id ?? newId()
        const [startedAt, lastUsedAt] = [now(), now()]
        const about = { userAgent: cleanUserAgent(userAgent), address, startedAt, lastUsedAt }
        const room = others.length < MOST_RECORDS ? others : await makeRoom(sub, others)
        return [...room, { id, kind, reference, ...about }]
      })
      const device = deviceName(deviceOf(userAgent))
      const client = kind === 'api' ? { clientId: FIRST_PARTY_CLIENT } : {}
      const where = address === undefined ? {} : { address }
      audit({ type: 'session.started', sub, actor: sub, ...client, ...where, detail: { kind, device } })
    },
    used: (sub, reference) =>
      change(sub, (records) => {
        const isStale = (one: SessionRecord) =>
          one.reference === reference && now() - one.lastUsedAt >= USE_STEP
        if (!records.some(isStale)) return undefined
        return records.map((one) => (isStale(one) ? { ...one, lastUsedAt: now() } : one))
      }),
    list: async (sub) => (await load(sub)).records,
    async drop(sub, references) {
      let dropped: SessionRecord[] = []
      await change(sub, (records) => {
        dropped = records.filter(({ reference }) => references.includes(reference))
        return dropped.length === 0 ? undefined : records.filter((one) => !dropped.includes(one))
      })
      return dropped
    },
  }
}
