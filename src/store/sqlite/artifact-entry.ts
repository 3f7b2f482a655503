import type { Artifact } from '../../domain/ports.ts'
import { generationCache } from './cache.ts'
import { integer, jsonObject, optionalInteger, optionalText, type Row, text } from './row.ts'

/** An artifact as the file holds it. The payload stays text, so that no caller can change what is cached. */
export interface Entry {
  payload: string
  expiresAt: number
  grantId: string | undefined
  consumedAt: number | undefined
  revision: number
}

/** The file has no such record: a look-up that misses is as frequent as one that hits. */
const ABSENT = 'absent'

/** Models have no space in their name. */
const identity = (model: string, key: string): string => `${model} ${key}`

export const artifact = (model: string, key: string, { payload, ...entry }: Entry): Artifact => ({
  model,
  key,
  ...entry,
  payload: jsonObject(payload),
})

const entryOf = (row: Row): Entry => ({
  payload: text(row, 'payload'),
  expiresAt: integer(row, 'expires_at'),
  grantId: optionalText(row, 'grant_id'),
  consumedAt: optionalInteger(row, 'consumed_at'),
  revision: integer(row, 'revision'),
})

/** Characters in one generation, and what an entry costs beside its payload. */
const CACHE_LIMIT = 4_000_000
const ENTRY_COST = 250

/** @param find reads a row from the file */
export const artifactCache = (find: (model: string, key: string) => Row | undefined) => {
  const cache = generationCache<Entry | typeof ABSENT>(
    CACHE_LIMIT,
    (entry) => ENTRY_COST + (entry === ABSENT ? 0 : entry.payload.length),
  )
  return {
    /** The record, expired or not. */
    load(model: string, key: string): Entry | undefined {
      const id = identity(model, key)
      const cached = cache.get(id)
      if (cached !== undefined) return cached === ABSENT ? undefined : cached
      const row = find(model, key)
      const entry = row && entryOf(row)
      cache.set(id, entry ?? ABSENT)
      return entry
    },
    setAbsent: (model: string, key: string): void => cache.set(identity(model, key), ABSENT),
    forget: (model: string, key: string): void => cache.delete(identity(model, key)),
    clear: (): void => cache.clear(),
  }
}
