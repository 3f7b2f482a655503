import type { Accounts } from './accounts.ts'
import type { AccountStore } from './ports.ts'

export interface PresentAccountsParts {
  accounts: Accounts
  store: { accounts: Pick<AccountStore, 'present'> }
}

/**
 * The same rules, by which an account is found as the store holds it at this moment, also when another process has just
 * changed it: for who administers, and reads what they have written through whatever process they reach.
 */
export const presentAccounts = ({ accounts, store }: PresentAccountsParts): Accounts => ({
  ...accounts,
  find: (sub) => store.accounts.present(sub),
})
