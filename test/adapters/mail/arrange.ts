import { join } from 'node:path'
import { type MailerOptions, openMailer } from '../../../src/adapters/mail/mailer.ts'
import { type Links, links } from '../../../src/domain/links.ts'
import type { Letter, LetterKind, MailOutcome } from '../../../src/domain/mail.ts'
import { i18n } from '../../../src/i18n.ts'
import { pageCatalogues } from '../../../src/pages/catalogues.ts'
import { compileTemplates } from '../../../src/pages/templates.ts'

export const ISSUER = 'https://id.example.com'
export const AT = Date.UTC(2026, 10, 28, 3, 11)
/** As `domain/proofs.ts` makes them. */
export const TOKEN = 'c2VjcmV0-dG9rZW4_canary-fJ3kW9aBcDeFgHiJkLm'

const VIEWS = join(import.meta.dirname, '../../../views')
const catalogues = i18n(pageCatalogues(VIEWS))
const view = compileTemplates(join(VIEWS, 'mail')).get('letter')
if (!view) throw new Error('no view of letters')

/** Words and view of the real letters. */
export const letterParts = {
  words: (locale: string | undefined) => catalogues.words(catalogues.choose(locale ? [locale] : [])),
  view,
}

/** One of each kind, with everything in it. */
export const samples = (to: Links = links(ISSUER)): Record<LetterKind, Letter> => ({
  verify: { kind: 'verify', link: to.verify(TOKEN), hours: 24 },
  register: { kind: 'register', link: to.register(TOKEN), hours: 1 },
  already_registered: { kind: 'already_registered', recoverLink: to.recover() },
  reset: { kind: 'reset', link: to.reset(TOKEN), minutes: 30 },
  invitation: { kind: 'invitation', link: to.reset(TOKEN), hours: 72 },
  new_device: {
    kind: 'new_device',
    device: 'Firefox on Linux',
    address: '203.0.113.7',
    at: AT,
    securityLink: to.security(),
  },
  credential_changed: {
    kind: 'credential_changed',
    change: 'password.changed',
    at: AT,
    securityLink: to.security(),
  },
  second_factor_failed: {
    kind: 'second_factor_failed',
    at: AT,
    address: '203.0.113.7',
    securityLink: to.security(),
  },
  confirm_new_address: { kind: 'confirm_new_address', link: to.newAddress(TOKEN), hours: 24 },
  address_changed: {
    kind: 'address_changed',
    from: 'old@example.com',
    to: 'new@example.com',
    at: AT,
    securityLink: to.security(),
  },
  deletion_requested: { kind: 'deletion_requested', due: AT, undoLink: to.undoDeletion(TOKEN) },
  account_deleted: { kind: 'account_deleted' },
})

/** A mailer whose log and counts can be read. */
export const arrangeMailer = (options: Partial<MailerOptions> = {}) => {
  const lines: { level: string; fields: object; message: string }[] = []
  const counts: { kind: LetterKind; outcome: MailOutcome }[] = []
  const writer = (level: string) => (fields: object, message: string) => {
    lines.push({ level, fields, message })
  }
  const mailer = openMailer({
    issuer: ISSUER,
    accent: '#0c6a5b',
    smtpUrl: undefined,
    from: 'Harbor ID <id@example.com>',
    folder: undefined,
    log: { info: writer('info'), warn: writer('warn'), error: writer('error') },
    metrics: { mail: (kind, outcome) => void counts.push({ kind, outcome }) },
    now: () => AT,
    pauses: [10, 20, 30],
    ...options,
  })
  return { mailer, sendMail: mailer.speaking(letterParts), lines, counts }
}
