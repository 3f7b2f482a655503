import { type Actor, actorName } from '../access/actor.ts'
import type { AdminHolders } from '../access/admins.ts'
import type { AccountDeletion } from '../account-deletion.ts'
import type { Accounts } from '../accounts.ts'
import type { Notices } from '../factors/notices.ts'
import { noFactors } from '../new-account.ts'
import type { Account, Audit } from '../ports.ts'

/** Who does it, and to whom. */
export interface Doing {
  actor: Actor
  sub: string
  /** Network address of who asks. */
  address: string
}

export type StandingOutcome =
  | { kind: 'done'; account: Account }
  | { kind: 'unknown' }
  /** Nobody would be left who can administer. */
  | { kind: 'last_admin' }

export interface AccountStandingParts {
  accounts: Pick<Accounts, 'find' | 'disable' | 'enable' | 'changeFactors'>
  admins: Pick<AdminHolders, 'suspend' | 'resume'>
  deletion: Pick<AccountDeletion, 'request'>
  notices: Pick<Notices, 'changed' | 'noted'>
  /** Ends every session, grant and token of the account, and writes that down. */
  endSessions(sub: string, address: string, actor: string): Promise<void>
  /** Tells applications that the sessions of an account have ended; makes nobody wait. */
  sessionsEnded(sub: string): void
  audit: Audit
}

/** What whoever administers accounts does to a whole one. The methods reject with the refusal `store_unavailable`. */
export interface AccountStanding {
  /** Ends every session and grant, and every sign-in until `enable`. */
  disable(doing: Doing): Promise<StandingOutcome>
  enable(doing: Doing): Promise<StandingOutcome>
  /** @param isFinal without the window in which the owner can take it back */
  remove(doing: Doing, isFinal: boolean): Promise<StandingOutcome>
  /**
   * Takes all second factors and passkeys away from a person who has lost them, with everything that was signed in. The
   * owner is told of each kind; the password stays, so a letter alone lets nobody in (N-54).
   */
  resetFactors(doing: Doing): Promise<StandingOutcome>
}

export const accountStanding = (parts: AccountStandingParts): AccountStanding => {
  const { accounts, admins, deletion, audit } = parts

  /** The holder of `admin` is noted first, so that of two who disable each other one is refused. */
  const asNoLastAdmin = async (
    { sub }: Doing,
    work: () => Promise<Account | undefined>,
  ): Promise<StandingOutcome> => {
    if (!(await accounts.find(sub))) return { kind: 'unknown' }
    if ((await admins.suspend(sub)) === 'last') return { kind: 'last_admin' }
    const account = (await work()) ?? (await accounts.find(sub))
    return account ? { kind: 'done', account } : { kind: 'unknown' }
  }

  return {
    disable: (doing) =>
      asNoLastAdmin(doing, async () => {
        const { actor, sub, address } = doing
        const account = await accounts.disable(sub)
        if (!account) return undefined
        audit({ type: 'account.disabled', actor: actorName(actor), sub, address })
        parts.sessionsEnded(sub)
        return account
      }),
    async enable({ actor, sub, address }) {
      const account = await accounts.enable(sub)
      if (!account) return { kind: 'unknown' }
      if (account.deletion === undefined) await admins.resume(sub)
      audit({ type: 'account.enabled', actor: actorName(actor), sub, address })
      return { kind: 'done', account }
    },
    remove: (doing, isFinal) =>
      asNoLastAdmin(doing, () => {
        const { actor, sub, address } = doing
        return deletion.request({ sub, address, actor: actorName(actor), isFinal })
      }),
    resetFactors: (doing) => resetFactors(parts, doing),
  }
}

const resetFactors = async (
  { accounts, notices, endSessions }: AccountStandingParts,
  { actor, sub, address }: Doing,
): Promise<StandingOutcome> => {
  const seen: { before?: Account } = {}
  const changed = await accounts.changeFactors(sub, (factors, account) => {
    seen.before = account
    const { totp, recoveryCodes, passkeys } = factors
    return totp || recoveryCodes || passkeys.length > 0 ? noFactors() : undefined
  })
  if (!seen.before) return { kind: 'unknown' }
  if (!changed) return { kind: 'done', account: seen.before }
  const { totp, passkeys } = seen.before.factors
  const by = { account: changed, address, actor: actorName(actor) }
  if (totp) notices.changed('totp.removed', by)
  passkeys.forEach(({ name }, index) => {
    const removed = { ...by, detail: { name } }
    // One letter for all of them.
    if (index === 0) notices.changed('passkey.removed', removed)
    else notices.noted('passkey.removed', removed)
  })
  await endSessions(sub, address, actorName(actor))
  const account = await accounts.find(sub)
  return account ? { kind: 'done', account } : { kind: 'unknown' }
}
