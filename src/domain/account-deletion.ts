import { z } from 'zod'
import type { Accounts } from './accounts.ts'
import type { Links } from './links.ts'
import type { SendMail } from './mail.ts'
import type { Account, Audit, Clock } from './ports.ts'
import type { Proofs } from './proofs.ts'

export interface AccountDeletionParts {
  accounts: Pick<Accounts, 'find' | 'scheduleDeletion' | 'cancelDeletion'>
  /** Clients that have access to this account now. */
  clientsOf: (sub: string) => Promise<readonly string[]>
  proofs: Pick<Proofs, 'issue' | 'peek' | 'take'>
  sendMail: SendMail
  links: Pick<Links, 'undoDeletion'>
  audit: Audit
  /** Tells applications that the sessions of an account have ended; makes nobody wait. */
  sessionsEnded: (sub: string) => void
  /** Hears of an account that stays after all. */
  kept: (sub: string) => Promise<void>
  /** Removes what is due; makes nobody wait. */
  removeDue: () => void
  now: Clock
  /** Milliseconds in which a deletion can be taken back. */
  delay: number
}

export interface AccountDeletion {
  /**
   * Ends every session of the account and has it removed when the window is over; the owner gets a letter with a link
   * that undoes it. Undefined if there is no account, or one that is to be removed already.
   *
   * @param ask.address network address of who asks
   * @param ask.actor who asks, as the audit names it; the owner without it
   * @param ask.isFinal whether there is no window: it is removed now
   */
  request(ask: {
    sub: string
    address: string
    actor?: string
    isFinal?: boolean
  }): Promise<Account | undefined>
  /** The account that this token of a letter would keep, while it is good. */
  peek(token: string): Promise<Account | undefined>
  /** Keeps the account; undefined if the token is not good, or the time has come. */
  undo(ask: { token: string; address: string }): Promise<Account | undefined>
  /** The same, for a person who has proved to be the owner. */
  undoOf(ask: { sub: string; address: string }): Promise<Account | undefined>
}

/** Bound of what is remembered. */
const MOST_CLIENTS = 1000

const Payload = z.object({ sub: z.string(), due: z.number() })

/** The functions reject with the refusal `store_unavailable`. */
export const accountDeletion = (parts: AccountDeletionParts): AccountDeletion => {
  const { accounts, proofs, now, delay } = parts

  /** A token belongs to one deletion: asked for again, it has another time. */
  const deletionOf = async (token: string) => {
    const payload = Payload.safeParse(await proofs.peek('DeletionUndo', token)).data
    const account = payload && (await accounts.find(payload.sub))
    return account?.deletion && account.deletion.due === payload?.due ? account : undefined
  }

  const undoOf: AccountDeletion['undoOf'] = async ({ sub, address }) => {
    const kept = await accounts.cancelDeletion(sub)
    if (kept) {
      parts.audit({ type: 'account.deletion_undone', sub, actor: sub, address })
      await parts.kept(sub)
    }
    return kept
  }

  return {
    async request({ sub, address, actor = sub, isFinal = false }) {
      // Before the sessions end: they know some of them.
      const clientIds = (await parts.clientsOf(sub)).slice(0, MOST_CLIENTS)
      const wait = isFinal ? 0 : delay
      const due = now() + wait
      const account = await accounts.scheduleDeletion(sub, { due, clientIds })
      if (!account) return undefined
      parts.audit({ type: 'account.deletion_requested', sub, actor, address, detail: { due } })
      parts.sessionsEnded(sub)
      if (wait === 0) parts.removeDue()
      else await offerUndo(parts, account, due)
      return account
    },
    peek: async (token) => {
      const account = await deletionOf(token)
      return account?.deletion && account.deletion.due > now() ? account : undefined
    },
    async undo({ token, address }) {
      const account = await deletionOf(token)
      const kept = account && (await undoOf({ sub: account.sub, address }))
      // Afterwards: a store that fails in between must not burn the letter's only link.
      if (kept) await proofs.take('DeletionUndo', token)
      return kept
    },
    undoOf,
  }
}

const offerUndo = async (
  { proofs, links, sendMail, delay }: AccountDeletionParts,
  { sub, email, locale }: Account,
  due: number,
): Promise<void> => {
  const token = await proofs.issue('DeletionUndo', { sub, due }, delay)
  const undoLink = links.undoDeletion(token)
  sendMail({ to: email, locale, letter: { kind: 'deletion_requested', due, undoLink } })
}

/** Who signs in to such an account is asked first whether to keep it. */
export const needsRestore = ({ deletion }: Pick<Account, 'deletion'>): boolean => deletion !== undefined
