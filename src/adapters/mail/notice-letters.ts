import type { CredentialChange } from '../../domain/audit-events.ts'
import type { Tell, Telling, Words } from './telling.ts'

const LONGEST_FACT = 120

/** A text from outside as part of a line. */
const inLine = (text: string): string => {
  const line = text.replace(/[\p{Cc}\p{Cf}\p{Zl}\p{Zp}\s]+/gu, ' ').trim()
  return line.length > LONGEST_FACT ? `${line.slice(0, LONGEST_FACT).toWellFormed()}…` : line
}

/** These go to the owner of an account, whose settings are one click away. */
const owned = ({ t, host }: Telling) => ({ because: t('mail.becauseAccount', { host }) })
const toSecurity = ({ t }: Telling, link: string) => ({ label: t('mail.security'), link, note: '' })

export const newDevice: Tell<'new_device'> = ({ device, address, at, securityLink }, telling) => ({
  subject: telling.t('mail.device.subject'),
  paragraphs: [telling.t('mail.device.text', { host: telling.host })],
  facts: [
    { label: telling.t('mail.fact.device'), value: inLine(device) },
    { label: telling.t('mail.fact.network'), value: inLine(address) },
    { label: telling.t('mail.fact.time'), value: telling.when(at) },
  ],
  action: toSecurity(telling, securityLink),
  closing: telling.t('mail.device.closing'),
  ...owned(telling),
})

/** What happened, as the subject of its letter. */
const CHANGES: Record<CredentialChange, (t: Words['t']) => string> = {
  'password.changed': (t) => t('mail.change.passwordChanged'),
  'password.reset': (t) => t('mail.change.passwordReset'),
  'totp.added': (t) => t('mail.change.totpAdded'),
  'totp.removed': (t) => t('mail.change.totpRemoved'),
  'passkey.added': (t) => t('mail.change.passkeyAdded'),
  'passkey.removed': (t) => t('mail.change.passkeyRemoved'),
  'recovery_codes.made': (t) => t('mail.change.codesMade'),
  'recovery_code.used': (t) => t('mail.change.codeUsed'),
}

export const credentialChanged: Tell<'credential_changed'> = ({ change, at, securityLink }, telling) => ({
  subject: CHANGES[change](telling.t),
  paragraphs: [telling.t('mail.change.text', { host: telling.host })],
  facts: [{ label: telling.t('mail.fact.time'), value: telling.when(at) }],
  action: toSecurity(telling, securityLink),
  closing: telling.t('mail.change.closing'),
  ...owned(telling),
})

export const secondFactorFailed: Tell<'second_factor_failed'> = ({ at, address, securityLink }, telling) => ({
  subject: telling.t('mail.factor.subject'),
  paragraphs: [telling.t('mail.factor.text', { host: telling.host })],
  facts: [
    { label: telling.t('mail.fact.network'), value: inLine(address) },
    { label: telling.t('mail.fact.time'), value: telling.when(at) },
  ],
  action: toSecurity(telling, securityLink),
  closing: telling.t('mail.factor.closing'),
  ...owned(telling),
})

export const addressChanged: Tell<'address_changed'> = ({ from, to, at, securityLink }, telling) => ({
  subject: telling.t('mail.address.subject'),
  paragraphs: [telling.t('mail.address.text', { host: telling.host })],
  facts: [
    { label: telling.t('mail.fact.before'), value: inLine(from) },
    { label: telling.t('mail.fact.now'), value: inLine(to) },
    { label: telling.t('mail.fact.time'), value: telling.when(at) },
  ],
  action: toSecurity(telling, securityLink),
  closing: telling.t('mail.address.closing'),
  ...owned(telling),
})

export const deletionRequested: Tell<'deletion_requested'> = ({ due, undoLink: link }, telling) => ({
  subject: telling.t('mail.deletion.subject'),
  paragraphs: [telling.t('mail.deletion.text', { host: telling.host, due: telling.when(due) })],
  facts: [],
  action: { label: telling.t('mail.deletion.action'), link, note: telling.t('mail.deletion.note') },
  closing: telling.t('mail.deletion.closing'),
  ...owned(telling),
})

export const accountDeleted: Tell<'account_deleted'> = (_, telling) => ({
  subject: telling.t('mail.deleted.subject'),
  paragraphs: [telling.t('mail.deleted.text', { host: telling.host })],
  facts: [],
  action: undefined,
  closing: telling.t('mail.deleted.closing'),
  because: telling.t('mail.becauseLast', { host: telling.host }),
})
