import type { ArtifactStore, NewArtifact } from '../../domain/ports.ts'
import { artifact, artifactCache, type Entry, identity } from './artifact-entry.ts'
import { artifactStatements } from './artifact-statements.ts'
import type { Parts } from './parts.ts'
import { integer, optionalInteger, type Row, text } from './row.ts'

export const artifactStore = (parts: Parts): ArtifactStore => {
  const { db, commit, now } = parts
  const sql = artifactStatements(db)
  const cache = artifactCache((model, key) => sql.find.get(model, key))
  parts.dropped(() => cache.clear())

  const stored = ({ model, key, expiresAt, grantId }: NewArtifact, payload: string, row: Row): void => {
    const consumedAt = optionalInteger(row, 'consumed_at')
    const entry: Entry = { payload, expiresAt, grantId, consumedAt, revision: integer(row, 'revision') }
    cache.set(identity(model, key), entry)
  }

  const live = (model: string, key: string): Entry | undefined => {
    const entry = cache.load(model, key)
    return entry && entry.expiresAt > now() ? entry : undefined
  }

  return {
    put: (put) =>
      commit.write(() => {
        const payload = JSON.stringify(put.payload)
        const row = sql.put.get(put.model, put.key, payload, put.expiresAt, put.grantId ?? null, now())
        if (row) stored(put, payload, row)
      }),
    putIf: (put, expected) =>
      commit.write(() => {
        const payload = JSON.stringify(put.payload)
        const values = [payload, put.expiresAt, put.grantId ?? null, now()] as const
        const row =
          expected === 0
            ? sql.insert.get(put.model, put.key, ...values)
            : sql.replace.get(put.model, put.key, ...values, expected)
        if (row) stored(put, payload, row)
        return row !== undefined
      }),
    find: (model, key) =>
      commit.read(() => {
        const entry = live(model, key)
        return entry && artifact(model, key, entry)
      }),
    consume: (model, key) =>
      commit.write(() => {
        const consumedAt = now()
        if (sql.consume.get(model, key, consumedAt)) {
          cache.delete(identity(model, key))
          return { kind: 'won' }
        }
        const earlier = live(model, key)?.consumedAt
        return earlier === undefined ? { kind: 'gone' } : { kind: 'lost', consumedAt: earlier }
      }),
    takeOnce: (model, key) =>
      commit.write(() => {
        const entry = live(model, key)
        const taken = entry && artifact(model, key, entry)
        sql.remove.run(model, key)
        cache.setAbsent(identity(model, key))
        return taken
      }),
    remove: (model, key) =>
      commit.write(() => {
        sql.remove.run(model, key)
        cache.setAbsent(identity(model, key))
      }),
    removeFamily: (grantId) =>
      commit.write(() => {
        for (const row of sql.removeFamily.all(grantId)) {
          cache.setAbsent(identity(text(row, 'model'), text(row, 'key')))
        }
      }),
    mark: (kind, key, expiresAt) =>
      commit.write(() => sql.mark.get(kind, key, expiresAt, now()) !== undefined),
  }
}
