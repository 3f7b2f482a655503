import type { Artifact, Json, JsonObject } from '../../domain/ports.ts'
import { type Cache, generationCache } from '../cache.ts'
import { jsonObject } from '../damaged-record.ts'
import { integer, optionalInteger, optionalText, type Row, text } from './row.ts'

/** An artifact as the file holds it. */
export interface Entry {
  /** Never handed out: callers get copies. */
  payload: JsonObject
  /** Characters of the payload as text. */
  size: number
  expiresAt: number
  grantId: string | undefined
  consumedAt: number | undefined
  revision: number
}

/** The file has no such record: a look-up that misses is as frequent as one that hits. */
const ABSENT = 'absent'
type Held = Entry | typeof ABSENT

/** For the few members of a payload several times as fast as to parse its text again. */
const copyOf = (value: Json): Json => {
  if (typeof value !== 'object' || value === null) return value
  return Array.isArray(value) ? value.map(copyOf) : copyOfObject(value)
}

const copyOfObject = (object: JsonObject): JsonObject =>
  Object.fromEntries(Object.entries(object).map(([name, value]) => [name, copyOf(value)]))

export const artifact = (model: string, key: string, entry: Entry): Artifact => ({
  model,
  key,
  payload: copyOfObject(entry.payload),
  expiresAt: entry.expiresAt,
  grantId: entry.grantId,
  consumedAt: entry.consumedAt,
  revision: entry.revision,
})

const entryOf = (row: Row): Entry => {
  const payload = text(row, 'payload')
  return {
    payload: jsonObject(payload),
    size: payload.length,
    expiresAt: integer(row, 'expires_at'),
    grantId: optionalText(row, 'grant_id'),
    consumedAt: optionalInteger(row, 'consumed_at'),
    revision: integer(row, 'revision'),
  }
}

/** Characters of one model in one generation, and what an entry costs beside its payload. */
const CACHE_LIMIT = 1_000_000
const ENTRY_COST = 250

/** @param find reads a row from the file */
export const artifactCache = (find: (model: string, key: string) => Row | undefined) => {
  const models = new Map<string, Cache<Held>>()
  const cacheOf = (model: string): Cache<Held> => {
    const known = models.get(model)
    if (known) return known
    const made = generationCache<Held>(CACHE_LIMIT, (held) => ENTRY_COST + (held === ABSENT ? 0 : held.size))
    models.set(model, made)
    return made
  }
  return {
    /** The record, expired or not. */
    load(model: string, key: string): Entry | undefined {
      const cache = cacheOf(model)
      const cached = cache.get(key)
      if (cached !== undefined) return cached === ABSENT ? undefined : cached
      const row = find(model, key)
      const entry = row && entryOf(row)
      cache.set(key, entry ?? ABSENT)
      return entry
    },
    setAbsent: (model: string, key: string): void => cacheOf(model).set(key, ABSENT),
    forget: (model: string, key: string): void => cacheOf(model).delete(key),
    clear(): void {
      for (const cache of models.values()) cache.clear()
    },
  }
}
