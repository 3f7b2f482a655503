import { z } from 'zod'
import type { Afterwards } from './afterwards.ts'
import { parseEmail } from './email.ts'
import type { FreshStart } from './fresh-start.ts'
import { type Limits, RESET_WINDOW } from './limits.ts'
import type { Links } from './links.ts'
import type { SendMail } from './mail.ts'
import type { MailAllowance, MailOutcome } from './mail-allowance.ts'
import type { NewPassword } from './new-password.ts'
import type { PasswordFault } from './password-policy.ts'
import type { Account, AccountStore, Audit, Clock } from './ports.ts'
import type { Proofs } from './proofs.ts'
import { isAsItWas, type ResetPassword } from './reset-password.ts'

export interface PasswordResetParts {
  store: { accounts: Pick<AccountStore, 'present' | 'findByEmailKey'> }
  proofs: Proofs
  password: NewPassword
  /** Makes it the account's, if the account is still as it was when the letter was sent. */
  reset: ResetPassword
  limits: Pick<Limits, 'forgiveSignIns'>
  allowance: MailAllowance
  links: Pick<Links, 'reset' | 'security'>
  sendMail: SendMail
  audit: Audit
  afterwards: Afterwards
  freshStart: FreshStart
  /** Tells applications that the sessions of an account have ended; makes nobody wait. */
  sessionsEnded: (sub: string) => void
  now: Clock
}

export type ResetOutcome =
  | { kind: 'ok' }
  | { kind: 'faults'; faults: readonly PasswordFault[] }
  /** Unknown, used, expired, of another time of the account, for another account: all the same. */
  | { kind: 'invalid' }

export interface PasswordReset {
  /**
   * Sends a link to the stored address, if there is an account. The answer and its time are the same for every
   * address: who asks learns nothing.
   *
   * @param ask.locale BCP 47, for an account that has none
   */
  request(ask: { email: string; address: string; locale: string | undefined }): Promise<MailOutcome>
  /**
   * Sends the link to the owner of an account because somebody who administers it wants that; false if there is no such
   * account, or it is disabled. Whoever causes it never sees the link (ASVS 6.4.6).
   *
   * @param ask.letter an invitation is good for longer: its reader does not wait for it
   * @param ask.actor who causes it, as the audit names it
   */
  send(ask: { sub: string; letter: 'reset' | 'invitation'; address: string; actor: string }): Promise<boolean>
  /** The account behind a token that is good. */
  peek(token: string): Promise<Pick<Account, 'email'> | undefined>
  /**
   * Sets a password by a token, once. Everything that was signed in is out; nobody is signed in by it, and a second
   * factor is asked as before.
   *
   * @param attempt.email the account that the form names, if it names one
   */
  confirm(attempt: {
    token: string
    password: string
    address: string
    email?: string | undefined
  }): Promise<ResetOutcome>
}

/** No shorter than others can keep its owner from another letter. */
const LIFETIME_MINUTES = RESET_WINDOW / 60_000
const INVITATION_HOURS = 72

/** The account as it was when the letter was sent: a new password, another address or a disabling ends the token. */
const Payload = z.object({ sub: z.string(), emailKey: z.string(), validAfter: z.number() })

/** Forgotten passwords (OWASP Forgot Password). The functions reject with the refusals `busy` and `store_unavailable`. */
export const passwordReset = (parts: PasswordResetParts): PasswordReset => {
  const { proofs, password: passwords } = parts
  const accountOf = async (token: string): Promise<Account | undefined> => {
    const payload = Payload.safeParse(await proofs.peek('PasswordReset', token))
    if (!payload.success) return undefined
    const account = await parts.store.accounts.present(payload.data.sub)
    return account && isAsItWas(account, payload.data) ? account : undefined
  }
  return {
    request: (ask) => request(parts, ask),
    async send({ sub, letter, address, actor }) {
      const account = await parts.store.accounts.present(sub)
      if (!account || account.disabled) return false
      await send(parts, account, { letter, address, actor, locale: undefined })
      return true
    },
    async peek(token) {
      const account = await accountOf(token)
      return account && { email: account.email }
    },
    async confirm({ token, password, address, email }) {
      const account = await accountOf(token)
      if (!account || !names(email, account)) return { kind: 'invalid' }
      const faults = await passwords.faults(password, account)
      if (faults.length > 0) return { kind: 'faults', faults }
      // Before the token is taken: a hasher that is busy must not burn it.
      const hash = await passwords.hash(password)
      if (!(await proofs.take('PasswordReset', token))) return { kind: 'invalid' }
      const changed = await parts.reset(account, hash)
      if (!changed) return { kind: 'invalid' }
      await report(parts, changed, address)
      return { kind: 'ok' }
    },
  }
}

const names = (email: string | undefined, { emailKey }: Account): boolean =>
  email === undefined || parseEmail(email)?.key === emailKey

const request = async (
  parts: PasswordResetParts,
  { email, address, locale }: Parameters<PasswordReset['request']>[0],
): Promise<MailOutcome> => {
  const key = parseEmail(email)?.key
  if (key === undefined) return { kind: 'malformed' }
  const allowed = await parts.allowance({ account: key, letter: 'reset', address })
  if (allowed.kind === 'limited') return allowed
  parts.afterwards(async () => {
    const account = await parts.store.accounts.findByEmailKey(key)
    if (account && !account.disabled) await send(parts, account, { letter: 'reset', address, locale })
  })
  return { kind: 'ok' }
}

interface Sent {
  letter: 'reset' | 'invitation'
  address: string
  actor?: string
  locale: string | undefined
}

const send = async (
  { proofs, links, sendMail, audit }: PasswordResetParts,
  { sub, email, emailKey, validAfter, locale }: Account,
  { letter, address, actor, locale: asked }: Sent,
): Promise<void> => {
  const minutes = letter === 'reset' ? LIFETIME_MINUTES : INVITATION_HOURS * 60
  const token = await proofs.issue('PasswordReset', { sub, emailKey, validAfter }, minutes * 60_000)
  const by = actor === undefined ? {} : { actor, detail: { letter } }
  audit({ type: 'password.reset_requested', sub, address, ...by })
  const link = links.reset(token)
  sendMail({
    to: email,
    locale: locale ?? asked,
    letter:
      letter === 'reset' ? { kind: letter, link, minutes } : { kind: letter, link, hours: INVITATION_HOURS },
  })
}

/** The password is set: what follows changes nothing about it. */
const report = async (
  { limits, links, sendMail, audit, afterwards, sessionsEnded, freshStart, now }: PasswordResetParts,
  { sub, email, emailKey, locale }: Account,
  address: string,
): Promise<void> => {
  audit({ type: 'password.reset', sub, address })
  sendMail({
    to: email,
    locale,
    letter: {
      kind: 'credential_changed',
      change: 'password.reset',
      at: now(),
      securityLink: links.security(),
    },
  })
  sessionsEnded(sub)
  afterwards(() => limits.forgiveSignIns(emailKey))
  await freshStart()
}
