import { z } from 'zod'
import type { Accounts } from './accounts.ts'
import { type AddressLetterParts, sendAddressLetter } from './address-letter.ts'
import type { Afterwards } from './afterwards.ts'
import type { CurrentPassword } from './current-password.ts'
import { parseEmail } from './email.ts'
import type { Links } from './links.ts'
import type { MailAllowance, MailOutcome } from './mail-allowance.ts'
import type { Account, Audit, Clock } from './ports.ts'
import { isAsItWas } from './reset-password.ts'

export interface AddressChangeParts extends AddressLetterParts {
  accounts: Pick<Accounts, 'changeEmail'>
  current: CurrentPassword
  allowance: MailAllowance
  links: Pick<Links, 'newAddress' | 'recover' | 'security'>
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

/**
 * With the account as it was when the letter was sent: what ends its sessions ends this, too. Whoever asked may be
 * somebody who had the account before (C-15).
 */
const Payload = z.object({
  sub: z.string(),
  from: z.string(),
  validAfter: z.number(),
  email: z.string(),
  emailKey: z.string(),
})

/** The functions reject with the refusals `busy` and `store_unavailable`. */
export const addressChange = (parts: AddressChangeParts): AddressChange => {
  const pending = async (token: string): Promise<Pending | undefined> => {
    const payload = Payload.safeParse(await parts.proofs.peek('AddressChange', token))
    if (!payload.success) return undefined
    const { sub, from, validAfter, ...next } = payload.data
    const account = await parts.store.accounts.present(sub)
    return account && isAsItWas(account, { emailKey: from, validAfter }) ? { account, next } : undefined
  }
  return {
    async request({ sub, email, address, locale }) {
      const next = parseEmail(email)
      if (!next) return { kind: 'malformed' }
      const allowed = await parts.allowance({ account: next.key, letter: 'other', address })
      if (allowed.kind === 'limited') return allowed
      parts.audit({ type: 'email.change_requested', sub, actor: sub, address })
      parts.afterwards(() => sendAddressLetter(parts, { sub, next, locale }))
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
