import type { AccountClaims, FindAccount } from 'oidc-provider'
import { needsRestore } from '../domain/account-deletion.ts'
import type { Account, AccountStore } from '../domain/ports.ts'
import type { ApiAccess } from './api-access.ts'
import { ask } from './request-state.ts'

/** Claims by scope (OpenID Connect Core §5.4); `roles` is ours. */
export const claimsByScope = {
  openid: ['sub', 'acr', 'amr', 'auth_time'],
  profile: ['name', 'locale', 'updated_at'],
  email: ['email', 'email_verified'],
  roles: ['roles'],
}

/**
 * The engine's `findAccount`: undefined for an account that is disabled or waits for its removal, which ends codes,
 * refresh and userinfo alike. Without a token it is about who signs in, of whom only the present account counts.
 */
export const findAccount =
  (accounts: Pick<AccountStore, 'find' | 'present'>, access: ApiAccess): FindAccount =>
  async (_ctx, sub, token) => {
    const found = await ask(token ? accounts.find(sub) : accounts.present(sub))
    if (!found || found.disabled || needsRestore(found)) return undefined
    return { accountId: sub, claims: (_use, scope) => claims(found, scope.split(' '), access) }
  }

const claims = async (account: Account, scopes: string[], access: ApiAccess): Promise<AccountClaims> => ({
  sub: account.sub,
  email: account.email,
  email_verified: account.emailVerified,
  updated_at: Math.floor(account.updatedAt / 1000),
  ...(account.name === undefined ? {} : { name: account.name }),
  ...(account.locale === undefined ? {} : { locale: account.locale }),
  ...(scopes.includes('roles') ? { roles: await ask(access.roles(account.sub)) } : {}),
})
