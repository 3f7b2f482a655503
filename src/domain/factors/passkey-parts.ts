import type { Accounts } from '../accounts.ts'
import type { Audit, Clock } from '../ports.ts'
import type { Notices } from './notices.ts'
import type { PasskeyChallenges } from './passkey-challenges.ts'
import type { RecoveryCodesRules } from './recovery-codes.ts'

/** What the ceremonies of passkeys stand on. */
export interface PasskeyParts {
  accounts: Pick<Accounts, 'find' | 'changeFactors'>
  challenges: PasskeyChallenges
  recoveryCodes: Pick<RecoveryCodesRules, 'make'>
  notices: Notices
  audit: Audit
  now: Clock
  /** Origin of this server. Its host name is the RP ID: a passkey belongs to it for ever. */
  issuer: string
  /** Whether accounts may have a second factor. */
  mayEnrol: boolean
}
