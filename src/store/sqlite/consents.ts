import { z } from 'zod'
import type { Consent, ConsentStore } from '../../domain/ports.ts'
import type { Parts } from './parts.ts'
import { DamagedRecord, hasChanged, jsonObject, type Row, text } from './row.ts'

const Stored = z.object({
  scopes: z.array(z.string()),
  resources: z.record(z.string(), z.array(z.string())),
  updatedAt: z.number(),
})

const fromRow = (row: Row): Consent => {
  const parsed = Stored.safeParse(jsonObject(text(row, 'record')))
  if (!parsed.success) throw new DamagedRecord('a consent record', { cause: parsed.error })
  return { sub: text(row, 'sub'), clientId: text(row, 'client_id'), ...parsed.data }
}

const union = (one: readonly string[] = [], other: readonly string[] = []): string[] => [
  ...new Set([...one, ...other]),
]

const join = (stored: Consent | undefined, added: Consent): Consent => {
  const resources = new Map(Object.entries(stored?.resources ?? {}))
  for (const [resource, scopes] of Object.entries(added.resources)) {
    resources.set(resource, union(resources.get(resource), scopes))
  }
  return {
    ...added,
    scopes: union(stored?.scopes, added.scopes),
    resources: Object.fromEntries(resources),
  }
}

export const consentStore = ({ db, commit }: Parts): ConsentStore => {
  const columns = 'sub, client_id, record'
  const byPair = db.prepare(`select ${columns} from consents where sub = ? and client_id = ?`)
  const put = db.prepare(
    `insert into consents (${columns}) values (?, ?, ?) on conflict do update set record = excluded.record`,
  )
  const bySub = db.prepare(`select ${columns} from consents where sub = ? order by client_id`)
  const remove = db.prepare('delete from consents where sub = ? and client_id = ?')

  const load = (sub: string, clientId: string): Consent | undefined => {
    const row = byPair.get(sub, clientId)
    return row && fromRow(row)
  }

  return {
    find: (sub, clientId) => commit.read(() => load(sub, clientId)),
    // One step: the write transaction keeps every other writer out between the read and the write.
    add: (consent) =>
      commit.write(() => {
        const { sub, clientId, ...record } = join(load(consent.sub, consent.clientId), consent)
        put.run(sub, clientId, JSON.stringify(record))
      }),
    list: (sub) => commit.read(() => bySub.all(sub).map(fromRow)),
    remove: (sub, clientId) => commit.write(() => hasChanged(remove.run(sub, clientId))),
  }
}
