import type { Accounts } from './accounts.ts'
import { digest } from './digest.ts'
import type { SendMail } from './mail.ts'
import type { Log } from './observe.ts'
import type { Account, AccountStore, ArtifactStore, Audit, Clock, ConsentStore } from './ports.ts'

export interface DeletionSweepParts {
  store: {
    accounts: Pick<AccountStore, 'due' | 'remove'>
    consents: Pick<ConsentStore, 'list' | 'remove'>
    artifacts: Pick<ArtifactStore, 'mark'>
  }
  accounts: Pick<Accounts, 'beginDeletion'>
  /** Tells a client that the person is gone (OpenID Connect Back-Channel Logout 1.0); never rejects. */
  tell: (clientId: string, sub: string) => Promise<void>
  /** Takes the sub out of the holders of `admin`. */
  dropAdmin: (sub: string) => Promise<void>
  sendMail: SendMail
  audit: Audit
  log: Pick<Log, 'error'>
  now: Clock
  /** Nothing new is begun then. */
  isStopping: () => boolean
}

/** Removes the accounts whose time has come; rejects with the refusal `store_unavailable`. */
export type DeletionSweep = () => Promise<void>

const BATCH = 50
const AT_ONCE = 5
const TOLD_AT_ONCE = 20
/** Milliseconds after which an account that another process began to remove and did not finish is taken over. */
const LEASE = 10 * 60_000

/**
 * Each account is removed by one process at a time, and every step can be repeated: a crash between two of them is
 * repaired by a later sweep. The account goes last, for it is what the sweep finds. Audit events stay.
 */
export const deletionSweep = (parts: DeletionSweepParts): DeletionSweep => {
  const { store, accounts, now, log } = parts

  const remove = async (account: Account): Promise<void> => {
    const { sub } = account
    if (!(await store.artifacts.mark('Deletion', digest(sub), now() + LEASE))) return
    // From here on nobody takes it back.
    const begun = await accounts.beginDeletion(sub)
    if (!begun) return
    await tellAll(parts, begun)
    await forgetConsents(parts, sub)
    await parts.dropAdmin(sub)
    if (!(await store.accounts.remove(sub))) return
    parts.audit({ type: 'account.deleted', sub })
    parts.sendMail({ to: begun.email, locale: begun.locale, letter: { kind: 'account_deleted' } })
  }

  const attempt = async (account: Account): Promise<void> => {
    if (parts.isStopping()) return
    try {
      await remove(account)
    } catch (err) {
      log.error({ err, sub: account.sub }, 'an account was not removed; a later sweep tries again')
    }
  }

  return async () => {
    const seen = new Set<string>()
    // What cannot be removed now is found again; the end is where a batch has nothing new.
    for (let limit = BATCH; ; limit += BATCH) {
      const due = await store.accounts.due({ before: now(), limit })
      const fresh = due.filter(({ sub }) => !seen.has(sub))
      for (const { sub } of fresh) seen.add(sub)
      // Clients that are slow must not hold up everybody else's removal.
      for (let first = 0; first < fresh.length; first += AT_ONCE)
        await Promise.all(fresh.slice(first, first + AT_ONCE).map(attempt))
      if (fresh.length === 0 || parts.isStopping()) return
    }
  }
}

const tellAll = async (
  { tell }: DeletionSweepParts,
  { sub, deletion }: Pick<Account, 'sub' | 'deletion'>,
): Promise<void> => {
  const clientIds = deletion?.clientIds ?? []
  for (let first = 0; first < clientIds.length; first += TOLD_AT_ONCE)
    await Promise.all(clientIds.slice(first, first + TOLD_AT_ONCE).map((clientId) => tell(clientId, sub)))
}

const forgetConsents = async ({ store: { consents } }: DeletionSweepParts, sub: string): Promise<void> => {
  for (const { clientId } of await consents.list(sub)) await consents.remove(sub, clientId)
}
