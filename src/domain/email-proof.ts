import { z } from 'zod'
import type { Accounts } from './accounts.ts'
import type { Afterwards } from './afterwards.ts'
import type { ChosenPassword } from './chosen-password.ts'
import { parseEmail } from './email.ts'
import type { FreshStart } from './fresh-start.ts'
import type { Links } from './links.ts'
import type { SendMail } from './mail.ts'
import type { MailAllowance, MailOutcome } from './mail-allowance.ts'
import type { PasswordFault } from './password-policy.ts'
import type { Account, AccountStore, Audit } from './ports.ts'
import type { Proofs } from './proofs.ts'
import type { TakeOver } from './take-over.ts'

export interface EmailProofParts {
  store: { accounts: Pick<AccountStore, 'present' | 'findByEmailKey'> }
  accounts: Pick<Accounts, 'verifyEmail'>
  takeOver: TakeOver
  proofs: Proofs
  choose: ChosenPassword
  allowance: MailAllowance
  links: Pick<Links, 'verify'>
  sendMail: SendMail
  audit: Audit
  afterwards: Afterwards
  freshStart: FreshStart
  /** Tells applications that the sessions of an account have ended; makes nobody wait. */
  sessionsEnded: (sub: string) => void
}

export interface EmailProofAttempt {
  token: string
  /** The account's own, or a new one. */
  password?: string | undefined
  /** Who is signed in where the letter was opened. */
  provenSub?: string | undefined
  address: string
}

export type EmailProofOutcome =
  | { kind: 'ok'; account: Pick<Account, 'sub' | 'password'> }
  | { kind: 'faults'; faults: readonly PasswordFault[] }
  /** Unknown, used, expired, or for an address that the account has no more. */
  | { kind: 'invalid' }

/** An account whose address waits for its proof, or has it. */
export type ProvenAccount = Pick<Account, 'sub' | 'email' | 'emailVerified'>

export interface EmailProof {
  /** Sends the letter, after the answer. @param locale BCP 47, for an account that has none */
  send(account: Pick<Account, 'sub'>, locale: string | undefined): void
  /** The same for everybody who asks: whether there is such an account, and whether it waits for a proof, shows nowhere. */
  request(ask: { email: string; address: string; locale: string | undefined }): Promise<MailOutcome>
  /** What the token is about, while it is good. */
  peek(token: string): Promise<ProvenAccount | undefined>
  /**
   * Proves the address. Whoever registered an address that was never proven may be somebody else, so the first proof
   * drops all earlier ways in, sessions, grants and consents (C-15), unless the account's own person is signed in where
   * the letter was opened. A password that comes with the proof becomes the account's; without one it has none, and
   * its owner sets one by the way of a forgotten one.
   */
  confirm(attempt: EmailProofAttempt): Promise<EmailProofOutcome>
}

const LIFETIME_HOURS = 24

const Payload = z.object({ sub: z.string(), emailKey: z.string() })

/** The functions reject with the refusals `busy` and `store_unavailable`. */
export const emailProof = (parts: EmailProofParts): EmailProof => {
  const accountOf = async (token: string): Promise<Account | undefined> => {
    const payload = Payload.safeParse(await parts.proofs.peek('EmailProof', token))
    if (!payload.success) return undefined
    const account = await parts.store.accounts.present(payload.data.sub)
    return account && !account.disabled && account.emailKey === payload.data.emailKey ? account : undefined
  }
  return {
    send: ({ sub }, locale) =>
      parts.afterwards(async () => {
        const account = await parts.store.accounts.present(sub)
        if (account) await send(parts, account, locale)
      }),
    async request({ email, address, locale }) {
      const key = parseEmail(email)?.key
      if (key === undefined) return { kind: 'malformed' }
      const allowed = await parts.allowance({ account: key, letter: 'other', address })
      if (allowed.kind === 'limited') return allowed
      parts.afterwards(async () => {
        const account = await parts.store.accounts.findByEmailKey(key)
        if (account) await send(parts, account, locale)
      })
      return { kind: 'ok' }
    },
    peek: accountOf,
    async confirm(attempt) {
      const account = await accountOf(attempt.token)
      if (!account) return { kind: 'invalid' }
      const isKnown = account.emailVerified || attempt.provenSub === account.sub
      return isKnown ? verify(parts, account, attempt) : claim(parts, account, attempt)
    },
  }
}

const send = async (
  { proofs, links, sendMail }: EmailProofParts,
  { sub, email, emailKey, emailVerified, disabled, locale }: Account,
  asked: string | undefined,
): Promise<void> => {
  if (emailVerified || disabled) return
  const token = await proofs.issue('EmailProof', { sub, emailKey }, LIFETIME_HOURS * 3_600_000)
  sendMail({
    to: email,
    locale: locale ?? asked,
    letter: { kind: 'verify', link: links.verify(token), hours: LIFETIME_HOURS },
  })
}

/** Nothing is dropped: the account was proven before, or its own person proves it. */
const verify = async (
  { accounts, proofs, audit }: EmailProofParts,
  { sub, password, emailVerified }: Account,
  { token, address }: EmailProofAttempt,
): Promise<EmailProofOutcome> => {
  if (!(await proofs.take('EmailProof', token))) return { kind: 'invalid' }
  if (!emailVerified) {
    if (!(await accounts.verifyEmail(sub))) return { kind: 'invalid' }
    audit({ type: 'email.verified', sub, address })
  }
  return { kind: 'ok', account: { sub, password } }
}

const claim = async (
  parts: EmailProofParts,
  account: Account,
  { token, password, address }: EmailProofAttempt,
): Promise<EmailProofOutcome> => {
  const chosen = await parts.choose(account, password)
  if (chosen.kind === 'faults') return chosen
  if (!(await parts.proofs.take('EmailProof', token))) return { kind: 'invalid' }
  const claimed = await parts.takeOver(account.sub, chosen.hash)
  if (!claimed) return { kind: 'invalid' }
  parts.audit({ type: 'email.verified', sub: account.sub, address, detail: { claimed: true } })
  parts.sessionsEnded(account.sub)
  await parts.freshStart()
  return { kind: 'ok', account: claimed }
}
