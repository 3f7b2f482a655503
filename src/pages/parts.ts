import type { Context } from 'koa'
import type { AccountDeletion } from '../domain/account-deletion.ts'
import type { Passkeys } from '../domain/factors/passkeys.ts'
import type { SecondFactors } from '../domain/factors/second-factors.ts'
import type { TotpEnrolment } from '../domain/factors/totp-enrolment.ts'
import type { Account, AccountStore, Clock } from '../domain/ports.ts'
import type { Csrf } from '../http/csrf.ts'
import type { Interactions } from '../oidc/interactions.ts'
import type { Language } from './language.ts'
import type { FieldFault } from './notices.ts'
import type { Progress } from './progress.ts'
import type { Render } from './render.ts'

/** What the pages ask of `domain/sign-in.ts`; `retryAfter` in seconds. */
export type SignIn = (input: {
  login: string
  password: string
  address: string
}) => Promise<
  { kind: 'ok'; account: Pick<Account, 'sub'> } | { kind: 'wrong' } | { kind: 'limited'; retryAfter: number }
>

/** What the pages ask of `domain/registration.ts`; `retryAfter` in seconds. */
export type Register = (input: {
  email: string
  password: string
  name: string | undefined
  locale: string | undefined
  address: string
}) => Promise<
  | { kind: 'ok'; account: Pick<Account, 'sub'> }
  /** Where addresses are proven first: a letter says what is next. */
  | { kind: 'sent' }
  | { kind: 'faults'; faults: readonly FieldFault[] }
  | { kind: 'limited'; retryAfter: number }
  | { kind: 'closed' }
>

/** What every page needs. */
export interface PageParts {
  render: Render
  language: Language
}

export interface RegisterParts extends PageParts {
  register: Register
  csrf: Csrf
  /** The client's network address, as the edge worked it out. */
  addressOf: (ctx: Context) => string
  registrationOpen: boolean
  /** A new address gets a letter. */
  mailReady: boolean
  passwordMinLength: number
  /** The issuer is https. */
  secure: boolean
}

export interface InteractionParts extends RegisterParts {
  interactions: Interactions
  progress: Progress
  signIn: SignIn
  accounts: Pick<AccountStore, 'present'>
  secondFactors: Pick<SecondFactors, 'demand' | 'methods' | 'verifyCode'>
  totpEnrolment: Pick<TotpEnrolment, 'begin' | 'confirm'>
  passkeys: Pick<Passkeys, 'registrationOptions' | 'register' | 'authenticationOptions' | 'authenticate'>
  deletion: Pick<AccountDeletion, 'undoOf'>
  issuer: string
  now: Clock
  /** `/recover` exists. */
  recovery: boolean
}
