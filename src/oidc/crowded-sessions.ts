import type { Audit } from '../domain/ports.ts'
import type { LivingSessions } from './living-sessions.ts'
import type { SessionRecord, SessionRecordParts } from './session-records.ts'

/** Makes room in a full list of sessions: see `SessionRecordParts`. */
export const makeRoom =
  ({ living, audit }: { living: LivingSessions; audit: Audit }): SessionRecordParts['makeRoom'] =>
  async (sub, records) => {
    const looked = await Promise.all(
      records.map(async (record) => ({ record, look: await living.look(sub, record) })),
    )
    const alive = looked.flatMap(({ record, look }) => (look ? [{ record, at: look.lastUsedAt }] : []))
    const kept: SessionRecord[] = alive.map(({ record }) => record)
    if (kept.length < records.length) return kept
    const [last] = alive.toSorted((one, other) => one.at - other.at)
    if (!last) return kept
    await living.end(sub, last.record)
    audit({ type: 'session.ended', sub, detail: { kind: last.record.kind, reason: 'too_many' } })
    return kept.filter((record) => record !== last.record)
  }
