import type { Limits, MailWish } from './limits.ts'
import type { Audit } from './ports.ts'

/** What becomes of the wish for a letter; whether one is sent shows nowhere. */
export type MailOutcome =
  | { kind: 'ok' }
  /** No e-mail address. */
  | { kind: 'malformed' }
  | MailLimited

/** `retryAfter` in seconds. */
export type MailLimited = { kind: 'limited'; retryAfter: number }

/**
 * Whether somebody may cause one more letter; known and unknown addresses count alike.
 *
 * @param ask.account canonical e-mail address
 */
export type MailAllowance = (ask: MailWish) => Promise<{ kind: 'ok' } | MailLimited>

/** The first refusal of a window is written down. */
export const mailAllowance =
  ({ limits, audit }: { limits: Pick<Limits, 'mail'>; audit: Audit }): MailAllowance =>
  async (ask) => {
    const limit = await limits.mail(ask)
    if (limit.kind === 'allowed') return { kind: 'ok' }
    if (limit.isFirst) audit({ type: 'mail.limited', address: ask.address })
    return { kind: 'limited', retryAfter: limit.retryAfter }
  }
