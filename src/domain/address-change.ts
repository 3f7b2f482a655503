import { z } from 'zod'
import type { Accounts } from './accounts.ts'
import type { Afterwards } from './afterwards.ts'
import type { CurrentPassword } from './current-password.ts'
import { type Email, parseEmail } from './email.ts'
import type { Links } from './links.ts'
import type { SendMail } from './mail.ts'
import type { MailAllowance, MailOutcome } from './mail-allowance.ts'
import type { Account, AccountStore, Audit, Clock } from './ports.ts'
import type { Proofs } from './proofs.ts'

export interface AddressChangeParts {
  store: { accounts: Pick<AccountStore, 'find' | 'findByEmailKey'> }
  accounts: Pick<Accounts, 'changeEmail'>
  current: CurrentPassword
  proofs: Proofs
  allowance: MailAllowance
  links: Pick<Links, 'newAddress' | 'recover' | 'security'>
  sendMail: SendMail
  audit: Audit
  afterwards: Afterwards
  now: Clock
}

export interface AddressChangeAttempt {
  token: string
  /** Who is signed in where the letter was opened. */
  provenSub?: string | undefined
  /** Of the account, where nobody is signed in. */
  password?: string | undefined
  address: string
}

export type AddressChangeOutcome =
  | { kind: 'ok' }
  | { kind: 'taken' }
  | { kind: 'wrong' }
  /** `retryAfter` in seconds. */
  | { kind: 'limited'; retryAfter: number }
  | { kind: 'invalid' }

/** What a token is about: the account with its present address, and the one that it may get. */
export interface PendingAddress {
  sub: string
  from: string
  to: string
}

export interface AddressChange {
  /**
   * Sends a letter to the new address; the address stays as it is until its owner answers. Whether another account has
   * it shows nowhere: its owner gets another letter.
   *
   * @param ask.email the new address
   */
  request(ask: {
    sub: string
    email: string
    address: string
    locale: string | undefined
  }): Promise<MailOutcome>
  peek(token: string): Promise<PendingAddress | undefined>
  /**
   * Changes the address. The letter proves the address and not the account: whoever opens it must be signed in to the
   * account or know its password, or else an account could be slipped to the owner of an address.
   */
  confirm(attempt: AddressChangeAttempt): Promise<AddressChangeOutcome>
}

const LIFETIME_HOURS = 24

const Payload = z.object({ sub: z.string(), from: z.string(), email: z.string(), emailKey: z.string() })

/** The functions reject with the refusals `busy` and `store_unavailable`. */
export const addressChange = (parts: AddressChangeParts): AddressChange => {
  const pending = async (token: string): Promise<Pending | undefined> => {
    const payload = Payload.safeParse(await parts.proofs.peek('AddressChange', token))
    if (!payload.success) return undefined
    const { sub, from, ...next } = payload.data
    const account = await parts.store.accounts.find(sub)
    return account && !account.disabled && account.emailKey === from ? { account, next } : undefined
  }
  return {
    async request({ sub, email, address, locale }) {
      const next = parseEmail(email)
      if (!next) return { kind: 'malformed' }
      const allowed = await parts.allowance({ account: next.key, address })
      if (allowed.kind === 'limited') return allowed
      parts.audit({ type: 'email.change_requested', sub, actor: sub, address })
      parts.afterwards(() => send(parts, { sub, next, locale }))
      return { kind: 'ok' }
    },
    async peek(token) {
      const found = await pending(token)
      return found && { sub: found.account.sub, from: found.account.email, to: found.next.email }
    },
    async confirm(attempt) {
      const found = await pending(attempt.token)
      if (!found) return { kind: 'invalid' }
      const proof = await owns(parts, found.account, attempt)
      if (proof.kind !== 'right') return proof
      if (!(await parts.proofs.take('AddressChange', attempt.token))) return { kind: 'invalid' }
      return change(parts, found, attempt.address)
    },
  }
}

interface Pending {
  account: Account
  next: Pick<Account, 'email' | 'emailKey'>
}

const owns = async (
  { current }: AddressChangeParts,
  account: Account,
  { provenSub, password, address }: AddressChangeAttempt,
): ReturnType<CurrentPassword> => {
  if (provenSub === account.sub) return { kind: 'right' }
  return password === undefined ? { kind: 'wrong' } : current({ account, password, address })
}

const send = async (
  { store, proofs, links, sendMail }: AddressChangeParts,
  { sub, next, locale }: { sub: string; next: Email; locale: string | undefined },
): Promise<void> => {
  const [account, other] = await Promise.all([
    store.accounts.find(sub),
    store.accounts.findByEmailKey(next.key),
  ])
  if (!account || account.disabled) return
  if (other && other.sub !== sub) {
    if (other.disabled) return
    const letter = { kind: 'already_registered', recoverLink: links.recover() } as const
    return sendMail({ to: other.email, locale: other.locale, letter })
  }
  const payload = { sub, from: account.emailKey, email: next.email, emailKey: next.key }
  const token = await proofs.issue('AddressChange', payload, LIFETIME_HOURS * 3_600_000)
  sendMail({
    to: next.email,
    locale: account.locale ?? locale,
    letter: { kind: 'confirm_new_address', link: links.newAddress(token), hours: LIFETIME_HOURS },
  })
}

const change = async (
  { accounts, links, sendMail, audit, now }: AddressChangeParts,
  { account: { sub, email: from, locale }, next }: Pending,
  address: string,
): Promise<AddressChangeOutcome> => {
  const outcome = await accounts.changeEmail(sub, next)
  if (outcome !== 'changed') return { kind: outcome === 'taken' ? 'taken' : 'invalid' }
  audit({ type: 'email.changed', sub, actor: sub, address })
  const letter = {
    kind: 'address_changed',
    from,
    to: next.email,
    at: now(),
    securityLink: links.security(),
  } as const
  for (const to of new Set([from, next.email])) sendMail({ to, locale, letter })
  return { kind: 'ok' }
}
