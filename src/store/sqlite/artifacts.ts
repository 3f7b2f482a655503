import type { ArtifactStore, NewArtifact } from '../../domain/ports.ts'
import { artifact, artifactCache, type Entry } from './artifact-entry.ts'
import { artifactStatements } from './artifact-statements.ts'
import type { Parts } from './parts.ts'
import { hasChanged, text } from './row.ts'

/** Writes forget what the cache held: filling it from the written row costs more than the next read does. */
export const artifactStore = (parts: Parts): ArtifactStore => {
  const { db, commit, now } = parts
  const sql = artifactStatements(db)
  const cache = artifactCache((model, key) => sql.find.get(model, key))
  parts.dropped(cache.clear)

  const live = (model: string, key: string): Entry | undefined => {
    const entry = cache.load(model, key)
    return entry && entry.expiresAt > now() ? entry : undefined
  }

  const values = ({ model, key, payload, expiresAt, grantId }: NewArtifact) =>
    [model, key, JSON.stringify(payload), expiresAt, grantId ?? null, now()] as const

  const remove = (model: string, key: string): void => {
    sql.remove.run(model, key)
    cache.setAbsent(model, key)
  }

  return {
    put: (put) =>
      commit.write(() => {
        sql.put.run(...values(put))
        cache.forget(put.model, put.key)
      }),
    putIf: (put, expected) =>
      commit.write(() => {
        const row = values(put)
        const won = hasChanged(expected === 0 ? sql.insert.run(...row) : sql.replace.run(...row, expected))
        if (won) cache.forget(put.model, put.key)
        return won
      }),
    find: (model, key) =>
      commit.read(() => {
        const entry = live(model, key)
        return entry && artifact(model, key, entry)
      }),
    consume: (model, key) =>
      commit.write(() => {
        if (hasChanged(sql.consume.run(model, key, now()))) {
          cache.forget(model, key)
          return { kind: 'won' }
        }
        const consumedAt = live(model, key)?.consumedAt
        return consumedAt === undefined ? { kind: 'gone' } : { kind: 'lost', consumedAt }
      }),
    takeOnce: (model, key) =>
      commit.write(() => {
        const entry = live(model, key)
        const taken = entry && artifact(model, key, entry)
        remove(model, key)
        return taken
      }),
    remove: (model, key) => commit.write(() => remove(model, key)),
    removeFamily: (grantId) =>
      commit.write(() => {
        for (const row of sql.removeFamily.all(grantId)) cache.setAbsent(text(row, 'model'), text(row, 'key'))
      }),
    mark: (kind, key, expiresAt) => commit.write(() => hasChanged(sql.mark.run(kind, key, expiresAt, now()))),
  }
}
