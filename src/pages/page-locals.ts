import type { Values } from '../i18n.ts'
import type { AccountLocals } from './account/locals.ts'
import type { FactorLocals, PasskeyForm } from './factors/locals.ts'
import type { MailLocals } from './mail/locals.ts'
import type { Notice } from './notice.ts'
import type { RecoveryLocals } from './recovery/locals.ts'
import type { RestLocals } from './rest/locals.ts'

export type { Notice }

/** The asking application, made harmless for display. */
export interface AskerView {
  name: string
  initial: string
  /** Host to which the answer returns; empty for a native application. */
  host: string
  homePage: { href: string; host: string } | undefined
  policyUri: string | undefined
  tosUri: string | undefined
  unverified: boolean
}

export interface ScopeView {
  scope: string
  icon: string
  summary: string
  more: string
  /** The permission's own name, for those of an API. */
  permission: string | undefined
}

/** What somebody needs who asks for help. */
export interface Reference {
  id: string
  /** ISO 8601, UTC. */
  at: string
  atText: string
}

/**
 * What each page needs; a page exists if it has a line here or in the file of its topic, a frame beside it and a view
 * of its name.
 */
export interface PageLocals extends AccountLocals, RecoveryLocals, FactorLocals, MailLocals, RestLocals {
  'sign-in': {
    asker: AskerView
    notice: Notice | undefined
    login: string
    faults: { login?: string; password?: string }
    csrf: string
    action: string
    cancelAction: string
    passkey: PasskeyForm
    /** Undefined: registration is closed. */
    registerPath: string | undefined
    /** Undefined: there is no recovery yet. */
    recoverPath: string | undefined
  }
  register: {
    /** Undefined outside of a sign-in. */
    asker: AskerView | undefined
    notice: Notice | undefined
    email: string
    name: string
    faults: { email?: string; name?: string; password?: string }
    csrf: string
    action: string
    signInPath: string
    /** A letter will follow, to confirm the address. */
    isConfirmed: boolean
    minLength: number
  }
  registered: { playground: boolean }
  consent: {
    asker: AskerView
    notice: Notice | undefined
    person: { label: string; initial: string }
    scopes: ScopeView[]
    csrf: string
    action: string
  }
  logout: { asker: AskerView | undefined; form: string }
  'logged-out': Record<never, never>
  'oauth-error': { error: string; description: string; reference: Reference }
  error: { code: string; values: Values; reference: Reference }
  landing: { issuer: string; playground: boolean; registration: boolean; restApi: boolean; devMail: boolean }
  playground: {
    /** Texts of its own catalogue, by key. */
    text: Readonly<Record<string, string>>
    /** JSON for the script: the client and its texts. */
    config: string
    /** Scopes of the first request. */
    scope: string
    /** Identifiers of the APIs to suggest. */
    resources: string[]
  }
}

export type PageName = keyof PageLocals
