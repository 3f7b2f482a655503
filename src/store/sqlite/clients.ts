import type { ClientRecord, ClientStore } from '../../domain/ports.ts'
import { generationCache } from '../cache.ts'
import { jsonObject } from '../damaged-record.ts'
import type { Parts } from './parts.ts'
import { hasChanged, integer, type Row, text } from './row.ts'

interface Entry {
  metadata: string
  version: number
}

const CACHE_LIMIT = 4_000_000

const entryOf = (row: Row): Entry => ({ metadata: text(row, 'metadata'), version: integer(row, 'version') })

const client = (clientId: string, { metadata, version }: Entry): ClientRecord => ({
  clientId,
  metadata: jsonObject(metadata),
  version,
})

export const clientStore = ({ db, commit, dropped, touch }: Parts): ClientStore => {
  const cache = generationCache<Entry>(CACHE_LIMIT, (entry) => entry.metadata.length)
  dropped(() => cache.clear())
  const insert = db.prepare(
    'insert into clients (client_id, metadata, version) values (?, ?, 1) on conflict do nothing',
  )
  const byId = db.prepare('select metadata, version from clients where client_id = ?')
  const update = db.prepare(
    'update clients set metadata = ?, version = version + 1 where client_id = ? and version = ?',
  )
  const list = db.prepare('select client_id, metadata, version from clients order by client_id')
  const remove = db.prepare('delete from clients where client_id = ?')

  const load = (clientId: string): Entry | undefined => {
    const cached = cache.get(clientId)
    if (cached) return cached
    const row = byId.get(clientId)
    if (!row) return undefined
    const entry = entryOf(row)
    cache.set(clientId, entry)
    return entry
  }

  const changed = (clientId: string): void => {
    cache.delete(clientId)
    touch('clients')
  }

  return {
    insert: ({ clientId, metadata }) =>
      commit.write(() => {
        const isNew = hasChanged(insert.run(clientId, JSON.stringify(metadata)))
        if (isNew) changed(clientId)
        return { kind: isNew ? 'inserted' : 'taken' }
      }),
    find: (clientId) =>
      commit.read(() => {
        const entry = load(clientId)
        return entry && client(clientId, entry)
      }),
    replace: ({ clientId, metadata, version }) =>
      commit.write(() => {
        const won = hasChanged(update.run(JSON.stringify(metadata), clientId, version))
        if (won) changed(clientId)
        return { kind: won ? 'replaced' : 'stale' }
      }),
    list: () => commit.read(() => list.all().map((row) => client(text(row, 'client_id'), entryOf(row)))),
    remove: (clientId) =>
      commit.write(() => {
        const existed = hasChanged(remove.run(clientId))
        if (existed) changed(clientId)
        return existed
      }),
  }
}
