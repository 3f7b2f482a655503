import type { Context } from 'koa'
import type { Access } from '../domain/access/access.ts'
import type { Account } from '../domain/ports.ts'
import type { RegistrationInput, RegistrationOutcome } from '../domain/registration.ts'
import type { SignInAttempt, SignInOutcome } from '../domain/sign-in.ts'
import type { FirstPartyTokens } from '../oidc/first-party-tokens.ts'
import type { Bearer } from './bearer.ts'

/** What the operations below `/auth/` stand on; the same rules as those of the pages. */
export interface AuthParts {
  signIn(attempt: SignInAttempt): Promise<SignInOutcome>
  register(input: RegistrationInput): Promise<RegistrationOutcome>
  account(sub: string): Promise<Account | undefined>
  access: Pick<Access, 'roles' | 'allOfPerson'>
  tokens: FirstPartyTokens
  bearer: Bearer
  /** Network address of the client. */
  addressOf(ctx: Context): string
}
