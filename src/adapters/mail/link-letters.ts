import type { Tell, Telling } from './telling.ts'

/** These go to an address that somebody typed, and say no more than that. */
const typed = ({ t, host }: Telling) => ({ facts: [], because: t('mail.becauseTyped', { host }) })
const hoursNote = ({ t }: Telling, count: number): string => t('mail.hours', { count })

export const verify: Tell<'verify'> = ({ link, hours }, telling) => ({
  subject: telling.t('mail.verify.subject'),
  paragraphs: [telling.t('mail.verify.text')],
  action: { label: telling.t('mail.verify.action'), link, note: hoursNote(telling, hours) },
  closing: telling.t('mail.verify.closing'),
  ...typed(telling),
})

export const register: Tell<'register'> = ({ link, hours }, telling) => ({
  subject: telling.t('mail.register.subject'),
  paragraphs: [telling.t('mail.register.text', { host: telling.host })],
  action: { label: telling.t('mail.register.action'), link, note: hoursNote(telling, hours) },
  closing: telling.t('mail.register.closing'),
  ...typed(telling),
})

export const alreadyRegistered: Tell<'already_registered'> = ({ recoverLink: link }, telling) => ({
  subject: telling.t('mail.known.subject'),
  paragraphs: [telling.t('mail.known.text', { host: telling.host })],
  action: { label: telling.t('mail.known.action'), link, note: '' },
  closing: telling.t('mail.known.closing'),
  ...typed(telling),
})

export const reset: Tell<'reset'> = ({ link, minutes: count }, telling) => ({
  subject: telling.t('mail.reset.subject'),
  paragraphs: [telling.t('mail.reset.text', { host: telling.host })],
  action: { label: telling.t('mail.reset.action'), link, note: telling.t('mail.minutes', { count }) },
  closing: telling.t('mail.reset.closing'),
  ...typed(telling),
})

export const invitation: Tell<'invitation'> = ({ link, hours }, telling) => ({
  subject: telling.t('mail.invitation.subject', { host: telling.host }),
  paragraphs: [telling.t('mail.invitation.text', { host: telling.host })],
  facts: [],
  action: { label: telling.t('mail.invitation.action'), link, note: hoursNote(telling, hours) },
  closing: telling.t('mail.invitation.closing'),
  because: telling.t('mail.becauseAccount', { host: telling.host }),
})

export const confirmNewAddress: Tell<'confirm_new_address'> = ({ link, hours }, telling) => ({
  subject: telling.t('mail.newAddress.subject'),
  paragraphs: [telling.t('mail.newAddress.text', { host: telling.host })],
  action: { label: telling.t('mail.newAddress.action'), link, note: hoursNote(telling, hours) },
  closing: telling.t('mail.newAddress.closing'),
  ...typed(telling),
})
