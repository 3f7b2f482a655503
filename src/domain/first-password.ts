import type { ChangeAccount } from './account-change.ts'
import type { Links } from './links.ts'
import type { SendMail } from './mail.ts'
import type { NewPassword } from './new-password.ts'
import type { PasswordFault } from './password-policy.ts'
import type { AccountStore, Audit, Clock } from './ports.ts'

export interface FirstPasswordParts {
  accounts: Pick<AccountStore, 'present'>
  change: ChangeAccount
  password: NewPassword
  links: Pick<Links, 'security'>
  sendMail: SendMail
  audit: Audit
  now: Clock
}

/**
 * Gives a password to an account that has none, whose person is signed in by another way. One more way in ends no
 * session. `taken` if there is one by now: of parallel callers one sets it.
 *
 * The function rejects with the refusals `busy` and `store_unavailable`.
 */
export type FirstPassword = (attempt: {
  sub: string
  password: string
  address: string
}) => Promise<{ kind: 'ok' } | { kind: 'taken' } | { kind: 'faults'; faults: readonly PasswordFault[] }>

export const firstPassword =
  ({ accounts, change, password: rules, links, sendMail, audit, now }: FirstPasswordParts): FirstPassword =>
  async ({ sub, password, address }) => {
    const account = await accounts.present(sub)
    if (!account) return { kind: 'taken' }
    const faults = await rules.faults(password, account)
    if (faults.length > 0) return { kind: 'faults', faults }
    const hash = await rules.hash(password)
    const outcome = await change(sub, (present, at) =>
      present.disabled || present.password !== undefined
        ? undefined
        : { password: hash, passwordChangedAt: at },
    )
    if (outcome.kind !== 'changed') return { kind: 'taken' }
    const { email, locale } = outcome.account
    audit({ type: 'password.changed', sub, actor: sub, address })
    sendMail({
      to: email,
      locale,
      letter: {
        kind: 'credential_changed',
        change: 'password.changed',
        at: now(),
        securityLink: links.security(),
      },
    })
    return { kind: 'ok' }
  }
