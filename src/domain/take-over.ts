import type { Accounts } from './accounts.ts'
import type { Account, ConsentStore } from './ports.ts'

export interface TakeOverParts {
  accounts: Pick<Accounts, 'claim'>
  consents: Pick<ConsentStore, 'list' | 'remove'>
}

/**
 * The owner of an address that was never proven takes its account over: earlier ways in, sessions, grants and consents
 * are gone, for whoever registered it may be somebody else (C-15). Undefined if the address was proven meanwhile.
 *
 * @param passwordHash PHC string; undefined leaves the account without a password
 */
export type TakeOver = (sub: string, passwordHash: string | undefined) => Promise<Account | undefined>

export const takeOver = ({ accounts, consents }: TakeOverParts): TakeOver => {
  const forget = async (sub: string): Promise<void> => {
    const given = await consents.list(sub)
    await Promise.all(given.map(({ clientId }) => consents.remove(sub, clientId)))
  }
  return async (sub, passwordHash) => {
    // First, so that a crash in between leaves none to the owner; again, for what was given on the way.
    await forget(sub)
    const account = await accounts.claim(sub, { passwordHash })
    if (account) await forget(sub)
    return account
  }
}
