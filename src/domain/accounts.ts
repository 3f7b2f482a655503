import { distinct } from './access/assignment.ts'
import { type ChangeOwn, changeAccount } from './account-change.ts'
import { type AccountCredentials, accountCredentials } from './account-credentials.ts'
import { parseEmail } from './email.ts'
import { type AccountParts, type Created, createAccount, type NewAccount } from './new-account.ts'
import { type PendingDeletion, pendingDeletion } from './pending-deletion.ts'
import type { Account, Assignment } from './ports.ts'
import { withRemoved } from './removed-clients.ts'

/**
 * The methods that change an account answer with it as it is then, or undefined if there is none or nothing to
 * change. Each is one compare-and-set: of parallel changes none is lost.
 */
export interface Accounts extends AccountCredentials, PendingDeletion {
  /** Creates an account; `taken` if the address or the sub has one, for all but one of any number of parallel calls. */
  create(input: NewAccount): Promise<Created>
  /** Never behind what another process has changed. */
  find(sub: string): Promise<Account | undefined>
  /** @param email in any spelling */
  findByEmail(email: string): Promise<Account | undefined>
  /** Adds what the account does not have yet. */
  assign(sub: string, assignments: readonly Assignment[]): Promise<Account | undefined>
  /** Takes away what `isGone` names. */
  unassign(sub: string, isGone: (assignment: Assignment) => boolean): Promise<Account | undefined>
  setName(sub: string, name: string | undefined): Promise<Account | undefined>
  /** @param locale BCP 47 */
  setLocale(sub: string, locale: string | undefined): Promise<Account | undefined>
  /** Takes an address that its owner has proven; `taken` if another account has it, undefined if there is no account. */
  changeEmail(
    sub: string,
    address: Pick<Account, 'email' | 'emailKey'>,
  ): Promise<'changed' | 'taken' | undefined>
  /** The grants that this client has by now are dead at once, everywhere. */
  removeClient(sub: string, clientId: string): Promise<Account | undefined>
  /** Ends every session and grant; what is born later is good. */
  endEverything(sub: string): Promise<Account | undefined>
  /** Ends every session and grant, and every sign-in until `enable`. */
  disable(sub: string): Promise<Account | undefined>
  /** What `disable` has ended stays ended. */
  enable(sub: string): Promise<Account | undefined>
}

/** The rules of accounts; `hash` and the store reject with the refusals `busy` and `store_unavailable`. */
export const accounts = (parts: AccountParts): Accounts => {
  const { store, hasher } = parts
  const change = changeAccount(parts)
  const changeOwn: ChangeOwn = async (sub, changes) => {
    const outcome = await change(sub, changes)
    if (outcome.kind === 'taken') throw new Error('the store says that an account took its own address')
    return outcome.kind === 'changed' ? outcome.account : undefined
  }
  return {
    ...accountCredentials(hasher, changeOwn),
    ...pendingDeletion(changeOwn),
    create: createAccount(parts),
    find: (sub) => store.present(sub),
    async findByEmail(email) {
      const parsed = parseEmail(email)
      return parsed && store.findByEmailKey(parsed.key)
    },
    assign: (sub, assignments) =>
      changeOwn(sub, ({ roles }) => {
        const all = distinct([...roles, ...assignments])
        return all.length === roles.length ? undefined : { roles: all }
      }),
    unassign: (sub, isGone) =>
      changeOwn(sub, ({ roles }) => {
        const left = roles.filter((assignment) => !isGone(assignment))
        return left.length === roles.length ? undefined : { roles: left }
      }),
    setName: (sub, name) => changeOwn(sub, () => ({ name })),
    setLocale: (sub, locale) => changeOwn(sub, () => ({ locale })),
    async changeEmail(sub, { email, emailKey }) {
      const { kind } = await change(sub, () => ({ email, emailKey, emailVerified: true }))
      return kind === 'unchanged' ? undefined : kind
    },
    removeClient: (sub, clientId) =>
      changeOwn(sub, ({ clientsValidAfter }, at) => ({
        clientsValidAfter: withRemoved(clientsValidAfter, clientId, at),
      })),
    endEverything: (sub) => changeOwn(sub, (_, at) => ({ validAfter: at })),
    disable: (sub) => changeOwn(sub, (_, at) => ({ disabled: true, validAfter: at })),
    enable: (sub) => changeOwn(sub, () => ({ disabled: false })),
  }
}
