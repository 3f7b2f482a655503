import type { ChangeOwn } from './account-change.ts'
import type { Account, Deletion } from './ports.ts'

/** The deletion of an account from its owner's wish to its point of no return; see `Accounts`. */
export interface PendingDeletion {
  /** Ends every session and grant, and has the account removed when the time comes; undefined if it is to be by then already. */
  scheduleDeletion(sub: string, deletion: Deletion): Promise<Account | undefined>
  /** Undefined if no deletion waits any more: its time has come. */
  cancelDeletion(sub: string): Promise<Account | undefined>
  /** For a deletion that is due, or has begun before. Of this and `cancelDeletion` one gets through. */
  beginDeletion(sub: string): Promise<Account | undefined>
}

/** Due before the time of every clock: no process can still think that the deletion may be taken back. */
const BEGUN = 0

export const isBegun = (deletion: Deletion | undefined): boolean => deletion?.due === BEGUN

export const pendingDeletion = (change: ChangeOwn): PendingDeletion => ({
  scheduleDeletion: (sub, deletion) =>
    change(sub, (account, at) => {
      if (!account.deletion) return { deletion, validAfter: at }
      if (deletion.due >= account.deletion.due) return undefined
      const clientIds = [...new Set([...account.deletion.clientIds, ...deletion.clientIds])]
      return { deletion: { ...deletion, clientIds }, validAfter: at }
    }),
  cancelDeletion: (sub) =>
    change(sub, (account, at) => {
      const waits = account.deletion !== undefined && account.deletion.due > at
      return waits ? { deletion: undefined } : undefined
    }),
  beginDeletion: (sub) =>
    change(sub, ({ deletion }, at) =>
      deletion && deletion.due <= at ? { deletion: { ...deletion, due: BEGUN }, validAfter: at } : undefined,
    ),
})
