import type { Account, AccountStore, Clock } from './ports.ts'

/**
 * What becomes of an account as it was read; undefined leaves it alone. Called again when somebody else changed the
 * account meanwhile.
 *
 * @param at milliseconds, now
 */
export type Changes = (account: Account, at: number) => Partial<Account> | undefined

export type Changed = { kind: 'changed'; account: Account } | { kind: 'taken' } | { kind: 'unchanged' }

/**
 * Compare-and-set of one account: no change of parallel callers is lost. `unchanged` where there is no account or
 * nothing to change, `taken` if it was to get an address that another account has.
 */
export type ChangeAccount = (sub: string, changes: Changes) => Promise<Changed>

/** As `ChangeAccount`, where the address stays: the account as it is then, undefined if it is unchanged. */
export type ChangeOwn = (sub: string, changes: Changes) => Promise<Account | undefined>

export const changeAccount =
  ({ store, now }: { store: Pick<AccountStore, 'present' | 'replace'>; now: Clock }): ChangeAccount =>
  async (sub, changes) => {
    // Each `stale` means that somebody else got through, so this ends.
    for (;;) {
      // What has been read from memory could say that there is nothing to change where there is.
      const account = await store.present(sub)
      const at = now()
      const members = account && changes(account, at)
      if (!members) return { kind: 'unchanged' }
      const changed = { ...account, updatedAt: at, ...members }
      const { kind } = await store.replace(changed)
      if (kind === 'replaced')
        return { kind: 'changed', account: { ...changed, version: account.version + 1 } }
      if (kind === 'taken') return { kind: 'taken' }
    }
  }
