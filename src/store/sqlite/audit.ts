import type { AuditEvent, AuditStore } from '../../domain/ports.ts'
import { jsonObject } from '../damaged-record.ts'
import type { Parts } from './parts.ts'
import { integer, optionalText, type Row, text } from './row.ts'

const fromRow = (row: Row): AuditEvent => ({
  id: text(row, 'id'),
  at: integer(row, 'at'),
  type: text(row, 'type'),
  actor: optionalText(row, 'actor'),
  sub: optionalText(row, 'sub'),
  clientId: optionalText(row, 'client_id'),
  address: optionalText(row, 'address'),
  detail: jsonObject(text(row, 'detail')),
})

export const auditStore = ({ db, commit }: Parts): AuditStore => {
  const columns = 'id, at, type, actor, sub, client_id, address, detail'
  const append = db.prepare(
    `insert into audit (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  )
  const newest = (condition: string) =>
    db.prepare(
      `select ${columns} from audit where ${condition} and (:before is null or id < :before) order by id desc limit :limit`,
    )
  const all = newest('true')
  const bySub = newest('sub = :sub')
  const byType = newest('type = :type')
  const byBoth = newest('sub = :sub and type = :type')

  return {
    append: ({ id, at, type, actor, sub, clientId, address, detail }) =>
      commit.write(() => {
        append.run(
          id,
          at,
          type,
          actor ?? null,
          sub ?? null,
          clientId ?? null,
          address ?? null,
          JSON.stringify(detail),
        )
      }),
    list: ({ limit, before = null, sub, type }) =>
      commit.read(() => {
        const page = { limit, before }
        if (sub !== undefined && type !== undefined) return byBoth.all({ ...page, sub, type }).map(fromRow)
        if (sub !== undefined) return bySub.all({ ...page, sub }).map(fromRow)
        if (type !== undefined) return byType.all({ ...page, type }).map(fromRow)
        return all.all({ ...page }).map(fromRow)
      }),
  }
}
