import { type AuditType, auditTypes } from '../../domain/audit-events.ts'
import type { Words } from '../../i18n.ts'

const OTHER = 'event.other'

/** Keys of the texts; what never concerns one person has none of its own. */
const keys: Readonly<Record<AuditType, string>> = {
  'password.changed': 'event.passwordChanged',
  'password.reset': 'event.passwordReset',
  'totp.added': 'event.appAdded',
  'totp.removed': 'event.appRemoved',
  'passkey.added': 'event.passkeyAdded',
  'passkey.removed': 'event.passkeyRemoved',
  'recovery_codes.made': 'event.codesMade',
  'recovery_code.used': 'event.codeUsed',
  'account.created': 'event.accountCreated',
  'account.registered': 'event.accountRegistered',
  'account.profile_changed': 'event.profileChanged',
  'account.disabled': 'event.accountDisabled',
  'account.enabled': 'event.accountEnabled',
  'account.data_exported': 'event.dataExported',
  'account.deletion_requested': 'event.deletionRequested',
  'account.deletion_undone': 'event.deletionUndone',
  'account.deleted': 'event.accountDeleted',
  'administration.refused': OTHER,
  'client.created': OTHER,
  'role.removed': OTHER,
  'role.changed': OTHER,
  'role.created': OTHER,
  'resource.removed': OTHER,
  'resource.changed': OTHER,
  'resource.created': OTHER,
  'client.removed': OTHER,
  'client.changed': OTHER,
  'assignment.removed': OTHER,
  'assignment.added': OTHER,
  'consent.given': 'event.consentGiven',
  'consent.removed': 'event.consentRemoved',
  'email.verified': 'event.emailVerified',
  'email.change_requested': 'event.emailChangeRequested',
  'email.changed': 'event.emailChanged',
  'grant.revoked': 'event.grantRevoked',
  'keys.rotated': OTHER,
  'keys.withdrawn': OTHER,
  'mail.limited': 'event.mailLimited',
  'passkey.renamed': 'event.passkeyRenamed',
  'passkey.refused': 'event.passkeyRefused',
  'password.reset_requested': 'event.resetRequested',
  'registration.limited': OTHER,
  'second_factor.asked': 'event.secondFactorAsked',
  'second_factor.failed': 'event.secondFactorFailed',
  'second_factor.limited': 'event.secondFactorLimited',
  'session.started': 'event.sessionStarted',
  'session.ended': 'event.sessionEnded',
  'sessions.ended': 'event.sessionsEnded',
  'sign_in.failed': 'event.signInFailed',
  'sign_in.limited': 'event.signInLimited',
  'sign_in.succeeded': 'event.signInSucceeded',
}

const isKnown = (type: string): type is AuditType => auditTypes.some((known) => known === type)

/** What an event means to the person it happened to; a neutral text for one that a newer release has written. */
export const eventText = (type: string, { t }: Words): string => t(isKnown(type) ? keys[type] : OTHER)
