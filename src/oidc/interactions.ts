import type { Context } from 'koa'
import type { Refusal } from '../errors.ts'

/** The application that asks, as far as a person may see it. */
export interface Asker {
  clientId: string
  name: string
  /** Home page (`client_uri`), if the client has one. */
  homePage: string | undefined
  /** Host to which the answer returns; always shown. */
  host: string
  logoUri: string | undefined
  policyUri: string | undefined
  tosUri: string | undefined
  firstParty: boolean
  /** Registered itself: nobody here has checked who runs it. */
  selfRegistered: boolean
}

/** An API whose permissions are asked for (RFC 8707). */
export interface AskedResource {
  identifier: string
  name: string
  scopes: string[]
}

/** Who is signed in at the browser, and how. */
export interface PresentSession {
  sub: string
  acr: string
  /** RFC 8176 values. */
  amr: string[]
  /** Seconds since the epoch. */
  authTime: number
}

/** One open question to the person at the browser, as the engine left it. */
export interface Interaction {
  uid: string
  prompt: 'login' | 'consent'
  client: Asker
  /** Why the engine asks: the names of its checks, such as `no_session`, `max_age` or `second_factor`. */
  reasons: string[]
  /** Undefined: nobody is signed in, or not any more. */
  session: PresentSession | undefined
  loginHint: string | undefined
  /** `ui_locales` as sent, space separated (OpenID Connect Core §3.1.2.1). */
  uiLocales: string | undefined
  /** OpenID scopes asked for, `openid` and `offline_access` included. */
  scopes: string[]
  resources: AskedResource[]
}

/** What a sign-in proved. */
export interface Proof {
  sub: string
  /** RFC 8176 values. */
  amr: string[]
  acr: string
  /** Seconds since the epoch. */
  authTime: number
}

/**
 * The bridge between the pages and the engine. Every method throws the refusal `start_again` when the interaction is
 * unknown, finished, expired or of another browser. The finishing methods return the URL for the 303.
 */
export interface Interactions {
  current(ctx: Context, uid: string): Promise<Interaction>
  signedIn(ctx: Context, uid: string, proof: Proof): Promise<string>
  /** Stores the durable consent and grants what was asked. */
  consented(ctx: Context, uid: string): Promise<string>
  /** The person said no, or cancelled: the client gets `access_denied`. */
  denied(ctx: Context, uid: string): Promise<string>
}

/** Pages that the engine asks for in the middle of its own endpoints. Each sets status, type and body itself. */
export interface EngineViews {
  /** `form` is the engine's hidden form with the id `op.logoutForm`; buttons outside refer to it by `form=`. */
  logout(ctx: Context, options: { form: string; asker: Asker | undefined }): Promise<void>
  loggedOut(ctx: Context): Promise<void>
  /** Our own refusal for a person: the store is away, there is too much to do, something failed inside. */
  refused(ctx: Context, refusal: Refusal): void
  /** An OAuth error for a person (RFC 6749 §4.1.2.1, not redirected): shows code and description as text. */
  error(
    ctx: Context,
    out: { error: string; error_description?: string | undefined },
    status: number,
  ): Promise<void>
}
