import type { DocumentStore } from '../../domain/ports.ts'
import { generationCache } from '../cache.ts'
import { jsonObject } from '../damaged-record.ts'
import type { Parts } from './parts.ts'
import { hasChanged, integer, text } from './row.ts'

interface Entry {
  value: string
  version: number
}

const CACHE_LIMIT = 4_000_000

export const documentStore = ({ db, commit, dropped, touch }: Parts): DocumentStore => {
  const cache = generationCache<Entry>(CACHE_LIMIT, (entry) => entry.value.length)
  dropped(() => cache.clear())
  const byName = db.prepare('select value, version from documents where name = ?')
  const all = db.prepare('select name, value, version from documents order by name')
  const insert = db.prepare(
    'insert into documents (name, value, version) values (?, ?, 1) on conflict do nothing',
  )
  const update = db.prepare(
    'update documents set value = ?, version = version + 1 where name = ? and version = ?',
  )

  const load = (name: string): Entry | undefined => {
    const cached = cache.get(name)
    if (cached) return cached
    const row = byName.get(name)
    if (!row) return undefined
    const entry = { value: text(row, 'value'), version: integer(row, 'version') }
    cache.set(name, entry)
    return entry
  }

  return {
    read: (name) =>
      commit.read(() => {
        const entry = load(name)
        return entry && { value: jsonObject(entry.value), version: entry.version }
      }),
    list: () =>
      commit.read(() =>
        all.all().map((row) => ({
          name: text(row, 'name'),
          value: jsonObject(text(row, 'value')),
          version: integer(row, 'version'),
        })),
      ),
    write: (name, value, expected) =>
      commit.write(() => {
        const json = JSON.stringify(value)
        const outcome = expected === 0 ? insert.run(name, json) : update.run(json, name, expected)
        if (!hasChanged(outcome)) return false
        cache.delete(name)
        touch('documents')
        return true
      }),
  }
}
