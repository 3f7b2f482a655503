/** What may be changed about the ways to sign in; the owner is told of each by mail. */
export const credentialChanges = [
  'password.changed',
  'password.reset',
  'totp.added',
  'totp.removed',
  'passkey.added',
  'passkey.removed',
  'recovery_codes.made',
  'recovery_code.used',
] as const
export type CredentialChange = (typeof credentialChanges)[number]

/**
 * The one vocabulary of security events: what happened, to whom (`sub`), by whom (`actor`), for which application
 * (`clientId`), from where (`address`).
 */
export const auditTypes = [
  ...credentialChanges,
  'account.created',
  'account.registered',
  'account.profile_changed',
  'account.disabled',
  'account.enabled',
  'account.data_exported',
  'account.deletion_requested',
  'account.deletion_undone',
  'account.deleted',
  'administration.refused',
  'assignment.added',
  'assignment.removed',
  'client.created',
  'client.changed',
  'client.removed',
  'consent.given',
  'consent.removed',
  'email.verified',
  'email.change_requested',
  'email.changed',
  'grant.revoked',
  'keys.rotated',
  'keys.withdrawn',
  'mail.limited',
  'passkey.renamed',
  'passkey.refused',
  'password.reset_requested',
  'registration.limited',
  'second_factor.asked',
  'resource.created',
  'resource.changed',
  'resource.removed',
  'role.created',
  'role.changed',
  'role.removed',
  'second_factor.failed',
  'second_factor.limited',
  'session.started',
  'session.ended',
  'sessions.ended',
  'sign_in.failed',
  'sign_in.limited',
  'sign_in.succeeded',
] as const
export type AuditType = (typeof auditTypes)[number]
