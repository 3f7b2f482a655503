import type { Context } from 'koa'
import type { AddressChange } from '../../domain/address-change.ts'
import type { EmailProof } from '../../domain/email-proof.ts'
import type { PasswordReset } from '../../domain/password-reset.ts'
import type { PendingRegistration } from '../../domain/pending-registration.ts'
import type { Csrf } from '../../http/csrf.ts'
import type { PageParts } from '../parts.ts'

/** What the pages of this folder stand on. */
export interface RecoveryParts extends PageParts {
  passwordReset: PasswordReset
  emailProof: Pick<EmailProof, 'peek' | 'confirm'>
  pendingRegistration: Pick<PendingRegistration, 'peek' | 'confirm'>
  addressChange: Pick<AddressChange, 'peek' | 'confirm'>
  csrf: Csrf
  /** The issuer is https. */
  secure: boolean
  passwordMinLength: number
  /** The client's network address, as the edge worked it out. */
  addressOf: (ctx: Context) => string
  /** The account whose person is signed in to the account console in this browser. */
  consoleSub: (ctx: Context) => Promise<string | undefined>
}
