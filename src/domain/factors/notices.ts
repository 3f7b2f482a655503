import type { CredentialChange } from '../audit-events.ts'
import type { Links } from '../links.ts'
import type { SendMail } from '../mail.ts'
import type { Account, Audit, Clock, JsonObject } from '../ports.ts'

/** Who did something to a factor: the account as it is then, and the network address that asked. */
export interface Doing {
  account: Pick<Account, 'sub' | 'email' | 'locale'>
  address: string
  /** As the audit names it; the owner without it. */
  actor?: string
  detail?: JsonObject
}

/** What is written down about factors, and told to their owner. */
export interface Notices {
  /** A way to sign in has changed: an event, and a letter to the stored address. */
  changed(change: CredentialChange, doing: Doing): void
  /** The same without a letter, for what another one tells already. */
  noted(change: CredentialChange, doing: Doing): void
  /** Somebody has the password and guesses codes (N-54). */
  guessed(doing: Doing): void
}

export interface NoticeParts {
  audit: Audit
  sendMail: SendMail
  links: Pick<Links, 'security'>
  now: Clock
}

export const notices = ({ audit, sendMail, links, now }: NoticeParts): Notices => {
  const noted: Notices['noted'] = (type, { account: { sub }, address, actor = sub, detail = {} }) =>
    audit({ type, actor, sub, address, detail })
  return {
    noted,
    changed(change, doing) {
      noted(change, doing)
      const { email, locale } = doing.account
      const letter = {
        kind: 'credential_changed',
        change,
        at: now(),
        securityLink: links.security(),
      } as const
      sendMail({ to: email, locale, letter })
    },
    guessed({ account: { email, locale }, address }) {
      const letter = {
        kind: 'second_factor_failed',
        at: now(),
        address,
        securityLink: links.security(),
      } as const
      sendMail({ to: email, locale, letter })
    },
  }
}
