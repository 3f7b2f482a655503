import type { DatabaseSync } from 'node:sqlite'
import type { Account } from '../../domain/ports.ts'
import { text } from './row.ts'

/** Who has which role, beside the records; called within the transactions that change them. */
export interface AccountRoles {
  /** Writes down the roles of an account that was inserted or replaced. */
  keep(account: Pick<Account, 'sub' | 'roles'>): void
  drop(sub: string): void
  /** Subs that have any of these roles, each once, in order. */
  holders(roleIds: readonly string[], options: { after: string; limit: number }): string[]
}

export const accountRoles = (db: DatabaseSync): AccountRoles => {
  const ofAccount = db.prepare('select role_id from account_roles where sub = ?')
  const insert = db.prepare('insert into account_roles (role_id, sub) values (?, ?)')
  const removeOne = db.prepare('delete from account_roles where role_id = ? and sub = ?')
  const removeAll = db.prepare('delete from account_roles where sub = ?')
  const ofRole = db.prepare(
    'select sub from account_roles where role_id = ? and sub > ? order by sub limit ?',
  )
  return {
    keep({ sub, roles }) {
      const wanted = new Set(roles.map(({ roleId }) => roleId))
      const present = new Set(ofAccount.all(sub).map((row) => text(row, 'role_id')))
      for (const roleId of present.difference(wanted)) removeOne.run(roleId, sub)
      for (const roleId of wanted.difference(present)) insert.run(roleId, sub)
    },
    drop: (sub) => void removeAll.run(sub),
    // One walk along the index for each role: the first of all are among the first of each, and a role that everybody
    // has costs no more than another.
    holders(roleIds, { after, limit }) {
      const subs = roleIds.flatMap((roleId) =>
        ofRole.all(roleId, after, limit).map((row) => text(row, 'sub')),
      )
      // ASCII, which JavaScript and the database order alike.
      return [...new Set(subs)].toSorted().slice(0, limit)
    },
  }
}
