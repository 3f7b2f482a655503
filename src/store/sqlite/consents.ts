import type { Consent, ConsentStore } from '../../domain/ports.ts'
import { consentFrom, joinConsents } from '../consent-record.ts'
import { jsonObject } from '../damaged-record.ts'
import type { Parts } from './parts.ts'
import { hasChanged, type Row, text } from './row.ts'

const fromRow = (row: Row): Consent =>
  consentFrom(jsonObject(text(row, 'record')), { sub: text(row, 'sub'), clientId: text(row, 'client_id') })

export const consentStore = ({ db, commit }: Parts): ConsentStore => {
  const columns = 'sub, client_id, record'
  const byPair = db.prepare(`select ${columns} from consents where sub = ? and client_id = ?`)
  const put = db.prepare(
    `insert into consents (${columns}) values (?, ?, ?) on conflict do update set record = excluded.record`,
  )
  const page = db.prepare(
    `select ${columns} from consents where (sub, client_id) > (?, ?) order by sub, client_id limit ?`,
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
        const { sub, clientId, ...record } = joinConsents(load(consent.sub, consent.clientId), consent)
        put.run(sub, clientId, JSON.stringify(record))
      }),
    list: (sub) => commit.read(() => bySub.all(sub).map(fromRow)),
    page: ({ after = { sub: '', clientId: '' }, limit }) =>
      commit.read(() => page.all(after.sub, after.clientId, limit).map(fromRow)),
    remove: (sub, clientId) => commit.write(() => hasChanged(remove.run(sub, clientId))),
  }
}
