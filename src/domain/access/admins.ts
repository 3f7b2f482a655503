import type { Account } from '../ports.ts'
import type { Access } from './access.ts'
import type { Admins } from './access-documents.ts'
import { Refused } from './edit.ts'

export interface AdminsParts {
  access: Pick<Access, 'changeAdmins' | 'grantAdmin'>
  account: (sub: string) => Promise<Pick<Account, 'disabled' | 'deletion'> | undefined>
}

/** `last`: nobody would be left who can administer. */
export type AdminOutcome = 'done' | 'last'

/**
 * Who holds the role `admin`. It is one document, so of two who take it from each other at the same moment one is
 * refused, in whatever process; who is about to be disabled is noted there first, for the same reason.
 */
export interface AdminHolders {
  grant(sub: string): Promise<void>
  withdraw(sub: string): Promise<AdminOutcome>
  /** Before the account is disabled or deleted. */
  suspend(sub: string): Promise<AdminOutcome>
  /** After it is enabled again. */
  resume(sub: string): Promise<void>
}

export const adminHolders = ({ access, account }: AdminsParts): AdminHolders => {
  const isUsable = async (sub: string): Promise<boolean> => {
    const found = await account(sub)
    return found !== undefined && !found.disabled && found.deletion === undefined
  }

  /** @throws Refused unless somebody else is left */
  const requireOthers = async (sub: string, { subs, suspended }: Admins): Promise<void> => {
    for (const other of subs) {
      if (other !== sub && !suspended.includes(other) && (await isUsable(other))) return
    }
    throw new Refused({ kind: 'unknown' })
  }

  const leave = async (sub: string, edit: (admins: Admins) => Admins): Promise<AdminOutcome> => {
    try {
      await access.changeAdmins(async (admins) => {
        if (!admins.subs.includes(sub)) return admins
        await requireOthers(sub, admins)
        return edit(admins)
      })
      return 'done'
    } catch (error) {
      if (error instanceof Refused) return 'last'
      throw error
    }
  }

  return {
    grant: (sub) => access.grantAdmin(sub),
    withdraw: (sub) =>
      leave(sub, (admins) => ({
        ...admins,
        subs: admins.subs.filter((each) => each !== sub),
        suspended: admins.suspended.filter((each) => each !== sub),
      })),
    suspend: (sub) =>
      leave(sub, (admins) => ({ ...admins, suspended: [...new Set([...admins.suspended, sub])] })),
    async resume(sub) {
      await access.changeAdmins((admins) => ({
        ...admins,
        suspended: admins.suspended.filter((each) => each !== sub),
      }))
    },
  }
}
