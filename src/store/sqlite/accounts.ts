import type { Account, AccountStore } from '../../domain/ports.ts'
import { accountFrom, accountRecord, copyOfAccount, costOfAccount } from '../account-record.ts'
import { generationCache } from '../cache.ts'
import { jsonObject } from '../damaged-record.ts'
import { accountRoles } from './account-roles.ts'
import type { Parts } from './parts.ts'
import { hasChanged, integer, type Row, text } from './row.ts'

const fromRow = (row: Row): Account =>
  accountFrom(jsonObject(text(row, 'record')), {
    sub: text(row, 'sub'),
    emailKey: text(row, 'email_key'),
    version: integer(row, 'version'),
  })

const record = (account: Account): string => JSON.stringify(accountRecord(account))

const dueOf = ({ deletion }: Account): number | null => deletion?.due ?? null

/** Characters in one generation. */
const CACHE_LIMIT = 4_000_000

export const accountStore = ({ db, commit, dropped, touch }: Parts): AccountStore => {
  const cache = generationCache(CACHE_LIMIT, costOfAccount)
  dropped(() => cache.clear())
  const columns = 'sub, email_key, record, version'
  const insert = db.prepare(
    `insert into accounts (${columns}, deletion_due) values (?, ?, ?, 1, ?) on conflict do nothing`,
  )
  const bySub = db.prepare(`select ${columns} from accounts where sub = ?`)
  const byEmailKey = db.prepare(`select ${columns} from accounts where email_key = ?`)
  const update = db.prepare(
    'update or ignore accounts set email_key = ?, record = ?, deletion_due = ?, version = version + 1 where sub = ? and version = ?',
  )
  const list = db.prepare(
    `select ${columns} from accounts where email_key > ? and email_key >= ? and email_key < ? order by email_key limit ?`,
  )
  const due = db.prepare(
    `select ${columns} from accounts where deletion_due <= ? order by deletion_due limit ?`,
  )
  const remove = db.prepare('delete from accounts where sub = ?')
  const roles = accountRoles(db)

  const load = (sub: string): Account | undefined => {
    const cached = cache.get(sub)
    if (cached) return copyOfAccount(cached)
    const row = bySub.get(sub)
    if (!row) return undefined
    const account = fromRow(row)
    cache.set(sub, account)
    return copyOfAccount(account)
  }

  const changed = (sub: string): void => {
    cache.delete(sub)
    touch('accounts')
  }

  return {
    insert: (account) =>
      commit.write(() => {
        const isNew = hasChanged(insert.run(account.sub, account.emailKey, record(account), dueOf(account)))
        if (isNew) {
          roles.keep(account)
          changed(account.sub)
        }
        return { kind: isNew ? 'inserted' : 'taken' }
      }),
    find: (sub) => commit.read(() => load(sub)),
    present: (sub) =>
      commit.read(() => {
        cache.delete(sub)
        return load(sub)
      }),
    findByEmailKey: (emailKey) =>
      commit.read(() => {
        const row = byEmailKey.get(emailKey)
        return row ? fromRow(row) : undefined
      }),
    replace: (account) =>
      commit.write(() => {
        const { sub, emailKey, version } = account
        if (hasChanged(update.run(emailKey, record(account), dueOf(account), sub, version))) {
          roles.keep(account)
          changed(sub)
          return { kind: 'replaced' }
        }
        return { kind: load(sub)?.version === version ? 'taken' : 'stale' }
      }),
    list: ({ after = '', prefix = '', limit }) =>
      commit.read(() => list.all(after, prefix, `${prefix}\u{10ffff}`, limit).map(fromRow)),
    due: ({ before, limit }) => commit.read(() => due.all(before, limit).map(fromRow)),
    holding: ({ roleIds, after = '', limit }) =>
      commit.read(() => roles.holders(roleIds, { after, limit }).flatMap((sub) => load(sub) ?? [])),
    remove: (sub) =>
      commit.write(() => {
        const existed = hasChanged(remove.run(sub))
        if (existed) {
          roles.drop(sub)
          changed(sub)
        }
        return existed
      }),
  }
}
