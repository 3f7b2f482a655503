import type { Passkeys } from '../../../domain/factors/passkeys.ts'
import type { RecoveryCodesRules } from '../../../domain/factors/recovery-codes.ts'
import type { SecondFactors } from '../../../domain/factors/second-factors.ts'
import type { TotpEnrolment } from '../../../domain/factors/totp-enrolment.ts'
import type { ConsoleParts } from '../parts.ts'
import type { WaitingFacts } from './waiting.ts'

/** What the console asks of second factors. */
export interface FactorParts extends ConsoleParts {
  secondFactors: Pick<SecondFactors, 'mayEnrol'>
  totpEnrolment: TotpEnrolment
  passkeys: Pick<Passkeys, 'registrationOptions' | 'register' | 'rename' | 'remove'>
  recoveryCodes: Pick<RecoveryCodesRules, 'renew'>
  waiting: WaitingFacts
}

export const SECURITY = '/account/security'
export const APP = '/account/security/app'
export const CODES = '/account/security/codes'
export const PASSKEY = '/account/security/passkey'
