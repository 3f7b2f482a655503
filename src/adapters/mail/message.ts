import type { Sender } from '../../domain/sender.ts'

/** A letter in words, as a person reads it. */
export interface Message {
  /** RFC 5322 §3.6.4, with its brackets; the same at every attempt, so that a repetition can be seen as one. */
  id: string
  /** The one address that it goes to. */
  to: string
  /** BCP 47. */
  locale: string
  subject: string
  text: string
  html: string
}

/** Hands a message over; rejects if that fails. */
export type Transport = (message: Message) => Promise<void>

/**
 * A message as nodemailer takes it. Addresses are objects, so that nothing in them is read as a list, and the
 * envelope is said apart from what the headers say.
 */
export const composed = ({ id, to, locale, subject, text, html }: Message, from: Sender) => ({
  envelope: { from: from.address, to: [to] },
  from,
  to: { name: '', address: to },
  messageId: id,
  subject,
  text,
  html,
  headers: {
    'Content-Language': locale,
    // RFC 3834 §5: no out-of-office reply comes back.
    'Auto-Submitted': 'auto-generated',
  },
  disableFileAccess: true,
  disableUrlAccess: true,
})
