import type { Context } from 'koa'
import type { Access } from '../domain/access/access.ts'
import type { EmailProof } from '../domain/email-proof.ts'
import type { SecondFactors } from '../domain/factors/second-factors.ts'
import type { SignInChallenges } from '../domain/factors/sign-in-challenges.ts'
import type { Links } from '../domain/links.ts'
import type { PasswordReset } from '../domain/password-reset.ts'
import type { ChangePassword } from '../domain/passwords.ts'
import type { Account } from '../domain/ports.ts'
import type { RegistrationInput, RegistrationOutcome, RegistrationParts } from '../domain/registration.ts'
import type { SignInAttempt, SignInOutcome } from '../domain/sign-in.ts'
import type { AccountSessions } from '../oidc/account-sessions.ts'
import type { FirstPartyTokens } from '../oidc/first-party-tokens.ts'
import type { Bearer } from './bearer.ts'

/** What the operations below `/auth/` stand on; the same rules as those of the pages. */
export interface AuthParts {
  signIn(attempt: SignInAttempt): Promise<SignInOutcome>
  secondFactors: Pick<SecondFactors, 'methods' | 'demand'>
  signInChallenges: SignInChallenges
  links: Pick<Links, 'security'>
  register(input: RegistrationInput): Promise<RegistrationOutcome>
  registration: RegistrationParts['mode']
  passwordReset: PasswordReset
  changePassword: ChangePassword
  emailProof: EmailProof
  /** Letters reach somebody. */
  mailReady: boolean
  account(sub: string): Promise<Account | undefined>
  access: Pick<Access, 'roles' | 'allOfPerson' | 'narrowed'>
  tokens: FirstPartyTokens
  sessions: Pick<AccountSessions, 'list' | 'end' | 'endOthers'>
  bearer: Bearer
  /** Network address of the client. */
  addressOf(ctx: Context): string
}
