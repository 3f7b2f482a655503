import type { StatementSync } from 'node:sqlite'
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

const conditions = {
  before: 'id < :before',
  sub: 'sub = :sub',
  actor: 'actor = :actor',
  type: 'type = :type',
  since: 'at >= :since',
  until: 'at <= :until',
} as const
const conditionNames = ['before', 'sub', 'actor', 'type', 'since', 'until'] as const

export const auditStore = ({ db, commit }: Parts): AuditStore => {
  const columns = 'id, at, type, actor, sub, client_id, address, detail'
  const append = db.prepare(
    `insert into audit (${columns}) values (?, ?, ?, ?, ?, ?, ?, ?) on conflict do nothing`,
  )
  // One statement per set of conditions: each uses the index that fits it.
  const statements = new Map<string, StatementSync>()
  const newest = (names: readonly (keyof typeof conditions)[]): StatementSync => {
    const where = ['true', ...names.map((name) => conditions[name])].join(' and ')
    const known = statements.get(where)
    if (known) return known
    const statement = db.prepare(`select ${columns} from audit where ${where} order by id desc limit :limit`)
    statements.set(where, statement)
    return statement
  }

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
    list: ({ limit, ...wanted }) =>
      commit.read(() => {
        const names = conditionNames.filter((name) => wanted[name] !== undefined)
        const values = Object.fromEntries(names.map((name) => [name, wanted[name] ?? null]))
        return newest(names)
          .all({ ...values, limit })
          .map(fromRow)
      }),
  }
}
