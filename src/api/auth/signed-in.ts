import type { Context } from 'koa'
import type { Account } from '../../domain/ports.ts'
import type { FirstPartyTokens, Tokens } from '../../oidc/first-party-tokens.ts'
import { Problem } from '../problem.ts'

/**
 * Gives tokens to a person who has proven all factors.
 *
 * @param amr RFC 8176 methods
 * @throws Problem `deletion_pending` for an account that its owner has asked to delete
 */
export const signedIn = (
  { tokens }: { tokens: Pick<FirstPartyTokens, 'issue'> },
  ctx: Context,
  { account, amr }: { account: Account; amr: readonly string[] },
): Promise<Tokens> => {
  if (account.deletion) throw new Problem('deletion_pending')
  return tokens.issue(account.sub, ctx.headers, amr)
}
