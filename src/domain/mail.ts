import type { CredentialChange } from './audit-events.ts'

/** What a letter says. Links are made of `ISSUER` alone; times are milliseconds. */
export type Letter =
  /** Proves the address of an account that exists. */
  | { kind: 'verify'; link: string; hours: number }
  /** Proves an address that has no account yet (`REGISTRATION=verified`). */
  | { kind: 'register'; link: string; hours: number }
  /** Somebody registered an address that has an account (`REGISTRATION=verified`). */
  | { kind: 'already_registered'; recoverLink: string }
  | { kind: 'reset'; link: string; minutes: number }
  /** Somebody who administers this server made an account for the address. */
  | { kind: 'invitation'; link: string; hours: number }
  | { kind: 'new_device'; device: string; address: string; at: number; securityLink: string }
  | { kind: 'credential_changed'; change: CredentialChange; at: number; securityLink: string }
  /** The password was right and the second factor was wrong, several times. */
  | { kind: 'second_factor_failed'; at: number; address: string; securityLink: string }
  /** To the new address, which it proves. */
  | { kind: 'confirm_new_address'; link: string; hours: number }
  /** To the old and the new address. */
  | { kind: 'address_changed'; from: string; to: string; at: number; securityLink: string }
  | { kind: 'deletion_requested'; due: number; undoLink: string }
  | { kind: 'account_deleted' }

export type LetterKind = Letter['kind']

/** What became of a letter: delivered, given up after it was tried, or never tried. */
export type MailOutcome = 'sent' | 'failed' | 'dropped'

export interface Mail {
  /** The stored address, as its owner wrote it; never what was typed just now. */
  to: string
  /** BCP 47; of the account, or of the request that caused the mail. */
  locale: string | undefined
  letter: Letter
}

/**
 * Takes a letter and returns at once: delivery happens later and never changes an answer. Never throws. A letter that
 * cannot be delivered is logged without its link.
 */
export type SendMail = (mail: Mail) => void
