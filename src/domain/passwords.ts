import type { ChangeAccount } from './account-change.ts'
import type { CurrentPassword, CurrentPasswordOutcome } from './current-password.ts'
import type { FreshStart } from './fresh-start.ts'
import type { Links } from './links.ts'
import type { SendMail } from './mail.ts'
import type { NewPassword } from './new-password.ts'
import type { PasswordFault } from './password-policy.ts'
import type { AccountStore, Audit, Clock } from './ports.ts'
import { withPassword } from './reset-password.ts'

export interface ChangePasswordParts {
  store: { accounts: Pick<AccountStore, 'present'> }
  change: ChangeAccount
  current: CurrentPassword
  password: NewPassword
  links: Pick<Links, 'security'>
  sendMail: SendMail
  audit: Audit
  freshStart: FreshStart
  /** Tells applications that the sessions of an account have ended; makes nobody wait. */
  sessionsEnded: (sub: string) => void
  now: Clock
}

export type ChangePasswordOutcome =
  | { kind: 'ok' }
  | { kind: 'faults'; faults: readonly PasswordFault[] }
  | Exclude<CurrentPasswordOutcome, { kind: 'right' }>

export interface ChangePasswordAttempt {
  sub: string
  current: string
  password: string
  address: string
  /** Lets the browser session in which it happens, which has just proved the password, begin anew. */
  keep?: () => Promise<void>
}

/**
 * Changes a password, which wants the present one (ASVS 6.2.3). Sessions, grants, refresh tokens and opaque tokens from
 * before are dead, those of the caller as well (C-25): a stolen copy of them must not outlive the password. When the
 * function resolves, new tokens can be given to the caller; the browser session to keep has begun anew by then.
 *
 * The function rejects with the refusals `busy` and `store_unavailable`.
 */
export type ChangePassword = (attempt: ChangePasswordAttempt) => Promise<ChangePasswordOutcome>

export const changePassword =
  (parts: ChangePasswordParts): ChangePassword =>
  async ({ sub, current, password, address, keep }) => {
    const account = await parts.store.accounts.present(sub)
    if (!account) return { kind: 'wrong' }
    const faults = await parts.password.faults(password, account)
    if (faults.length > 0) return { kind: 'faults', faults }
    const proof = await parts.current({ account, password: current, address })
    if (proof.kind !== 'right') return proof
    const hash = await parts.password.hash(password)
    // Of two who change it at once the second one proved a password that is no more.
    const outcome = await parts.change(sub, (present, at) =>
      present.disabled || present.password !== account.password ? undefined : withPassword(present, hash, at),
    )
    if (outcome.kind !== 'changed') return { kind: 'wrong' }
    const { email, locale } = outcome.account
    parts.audit({ type: 'password.changed', sub, actor: sub, address })
    parts.sendMail({ to: email, locale, letter: changed(parts) })
    await parts.freshStart()
    await keep?.()
    // After it: the session that stays is none of those that have ended.
    parts.sessionsEnded(sub)
    return { kind: 'ok' }
  }

const changed = ({ links, now }: ChangePasswordParts) =>
  ({
    kind: 'credential_changed',
    change: 'password.changed',
    at: now(),
    securityLink: links.security(),
  }) as const
