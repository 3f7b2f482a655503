import type { Configuration } from 'oidc-provider'
import { FIRST_PARTY_CLIENT } from '../domain/first-party.ts'
import type { Clock } from '../domain/ports.ts'
import type { ApiAccess } from './api-access.ts'

/**
 * What an access token for an API says beside the engine's own claims: roles (RFC 9068 §2.2.3.1), and how and when the
 * person was authenticated (§2.2.1), which a refresh leaves as it was.
 */
export const tokenClaims =
  (access: Pick<ApiAccess, 'roles'>, now: Clock): NonNullable<Configuration['extraTokenClaims']> =>
  async ({ oidc: { entities } }, token) => {
    if (token.kind !== 'AccessToken' || !token.accountId || typeof token.aud !== 'string') return undefined
    // A token names no role that ends before it does.
    const end = (Math.floor(now() / 1000) + token.remainingTTL) * 1000
    const roles = await access.roles(token.accountId, token.aud, end - 1)
    const { acr, amr, authTime } = entities.RefreshToken ?? entities.AuthorizationCode ?? {}
    return {
      roles,
      ...(acr === undefined ? {} : { acr }),
      ...(amr === undefined ? {} : { amr }),
      ...(authTime === undefined ? {} : { auth_time: authTime }),
      ...(token.clientId === FIRST_PARTY_CLIENT ? { sid: token.grantId } : {}),
    }
  }
