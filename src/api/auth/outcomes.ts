import type { MailOutcome } from '../../domain/mail-allowance.ts'
import { type FieldFault, Problem } from '../problem.ts'

/** @throws Problem unless a letter may be on its way */
export const requireSent = (outcome: MailOutcome): void => {
  if (outcome.kind === 'limited') {
    throw new Problem('too_many_attempts', { retryAfter: outcome.retryAfter })
  }
  if (outcome.kind === 'malformed') {
    throw new Problem('invalid_fields', { errors: [{ field: 'email', code: 'email_malformed' }] })
  }
}

/** @throws Problem `mail_unavailable` where no letter reaches anybody */
export const requireMail = (mailReady: boolean): void => {
  if (!mailReady) throw new Problem('mail_unavailable')
}

/** Fields that want correction, without what was typed. */
export const invalidFields = (faults: readonly FieldFault[]): Problem =>
  new Problem('invalid_fields', { errors: faults.map(({ field, code }) => ({ field, code })) })
