import type { Context } from 'koa'
import type { AccountDeletion } from '../../domain/account-deletion.ts'
import type { Accounts } from '../../domain/accounts.ts'
import type { AddressChange } from '../../domain/address-change.ts'
import type { EmailProof } from '../../domain/email-proof.ts'
import type { FirstPassword } from '../../domain/first-password.ts'
import type { ChangePassword } from '../../domain/passwords.ts'
import type { Audit, AuditStore, Clock } from '../../domain/ports.ts'
import type { Csrf } from '../../http/csrf.ts'
import type { Words } from '../../i18n.ts'
import type { AccountSessions } from '../../oidc/account-sessions.ts'
import type { ConnectedApplications } from '../../oidc/connected-applications.ts'
import type { RenewSession } from '../../oidc/renew-session.ts'
import type { PageParts } from '../parts.ts'
import type { Console } from './console.ts'
import type { ConsoleSessions, Visit } from './session.ts'

/*
 * How to add a page to the account console.
 *
 * 1. A member in `locals.ts`, a line in `frames.ts` (`consoleFrame('your.titleKey')`), a view `views/account-<name>.ejs`
 *    that begins with its h1 (`views/account-profile.ejs` is an example), texts in `views/locales/account/`, the path in
 *    `src/pages/page-pattern.ts`.
 * 2. A function of `ConsoleParts` and what else the page needs that makes a Router, `{ strict: true, sensitive: true }`:
 *      .get('/account/devices', console.page({ show: (ctx, visit) => show(…) }))
 *      .post('/account/devices/end', console.form({ page: '/account/devices', schema, work, show: (ctx, visit, refused) => … }))
 *    `visit.account` is the person. `isSensitive: true` asks for a fresh proof first (ASVS 7.5.1), on the GET as on the POST.
 *    Show a page by `console.render(ctx, visit, 'account-devices', locals, { section: 'devices' })`, a refused form by the
 *    same with what `failureView` of `own-form.ts` gives (`profile.ts` is an example). A form has `action` and `<input type="hidden" name="csrf">`; its token is
 *    `it.shell.csrf` in every view and part. After a change: `await console.done(ctx, visit, '/account/devices', 'text.key')`,
 *    which answers 303 and shows the text of that key once.
 * 3. The Router into the list of `src/assemble/account.ts`, with what it depends on.
 *
 * A panel on `/account/security` is a `SecurityPanel`: a view in `views/parts/` and what it shows. The list of panels is
 * in `src/assemble/account.ts`, too. Forms and pages of the panel are routes as above, with `section: 'security'`.
 * `console.consoleSub(ctx)` tells who is signed in to the console in this browser, without redirecting.
 */

/** What every page of the console can use. */
export interface ConsoleParts extends PageParts {
  console: Console
  issuer: string
  /** The client's network address, as the edge worked it out. */
  addressOf: (ctx: Context) => string
  now: Clock
}

/** Those in which the pages are, each by its own name. */
export interface Languages {
  languages: readonly { locale: string; name: string }[]
}

/** A part of the page `/account/security`. */
export interface SecurityPanel {
  /** Name of a view in `views/parts`. */
  part: string
  /** What the view shows, as its `page`. */
  view(ctx: Context, visit: Visit, words: Words): Promise<object> | object
}

export interface ProfileParts extends ConsoleParts {
  profile: Pick<Accounts, 'setName' | 'setLocale'>
  audit: Audit
}

export interface EmailParts extends ConsoleParts {
  /** Letters reach somebody. */
  mailReady: boolean
  addressChange: Pick<AddressChange, 'request'>
  emailProof: Pick<EmailProof, 'request'>
}

export interface PasswordParts extends ConsoleParts {
  passwordMinLength: number
  changePassword: ChangePassword
  firstPassword: FirstPassword
  renewSession: RenewSession
}

export interface SecurityParts extends ConsoleParts {
  /** In the order of the page, after the password. */
  panels: readonly SecurityPanel[]
}

export interface ActivityParts extends ConsoleParts {
  events: Pick<AuditStore, 'list'>
  /** What a registered client calls itself. */
  clientName: (clientId: string) => Promise<string | undefined>
}

export interface LeaveParts extends ConsoleParts {
  deletion: Pick<AccountDeletion, 'request'>
  /** False for the last one who can administer; who may is none from then on. */
  mayLeave: (sub: string) => Promise<boolean>
  visits: Pick<ConsoleSessions, 'end'>
  /** Days in which a deletion can be taken back. */
  deletionDays: number
}

export interface RestoreParts extends PageParts {
  deletion: Pick<AccountDeletion, 'peek' | 'undo'>
  csrf: Csrf
  addressOf: (ctx: Context) => string
}

export interface DataParts extends ConsoleParts {
  /** Everything that is stored about a person; writes down that it was asked for. */
  collect: (ask: { sub: string; address: string }) => Promise<object>
}

export interface DeviceParts extends ConsoleParts {
  sessions: Pick<AccountSessions, 'list' | 'end' | 'endOthers' | 'endAll'>
  visits: Pick<ConsoleSessions, 'end'>
}

export interface ApplicationParts extends ConsoleParts {
  applications: Pick<ConnectedApplications, 'list' | 'remove'>
}
