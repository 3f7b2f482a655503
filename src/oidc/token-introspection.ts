import type Provider from 'oidc-provider'
import type { AccessToken, ClientCredentials, RefreshToken } from 'oidc-provider'
import type { ApiAccess } from './api-access.ts'
import type { Engine } from './engine.ts'
import { presentOf } from './introspection.ts'
import { isItsBusiness } from './policies.ts'

type Token = AccessToken | ClientCredentials | RefreshToken

/** What RFC 7662 §2.2 tells about a token that is good. */
export interface Introspected {
  scope: string | undefined
  clientId: string
  /** Undefined for a client that acts for itself. */
  sub: string | undefined
  aud: string | undefined
  iss: string
  /** Seconds. */
  exp: number | undefined
  iat: number
  /** Undefined for a refresh token. */
  tokenType: string | undefined
  /** Of the person at the API, now. */
  roles: string[]
  /** RFC 9449 §6.2. */
  jkt: string | undefined
  /** What the token says about the sign-in (RFC 9068 §2.2.1). */
  extra: Readonly<Record<string, unknown>>
}

export interface TokenIntrospectionParts {
  engine: Pick<Engine, 'provider'>
  access: Pick<ApiAccess, 'ofPerson' | 'roles'>
}

/**
 * What a client may learn about an opaque token, as at the introspection endpoint, for a client that has proven itself
 * otherwise; undefined for a token that is not good, or is none of its business. Rejects with the refusal
 * `store_unavailable`.
 */
export type IntrospectToken = (clientId: string, token: string) => Promise<Introspected | undefined>

export const tokenIntrospection =
  ({ engine, access }: TokenIntrospectionParts): IntrospectToken =>
  async (clientId, presented) => {
    const provider = engine.provider()
    const [client, token] = await Promise.all([
      provider.Client.find(clientId),
      findToken(provider, presented),
    ])
    if (!client || !token?.isValid || token.clientId === undefined) return undefined
    if (!(await hasGrant(provider, token)) || !isItsBusiness(client, token)) return undefined
    const present = token.kind === 'AccessToken' ? await presentOf(access, token) : undefined
    return {
      scope: present ? present.scope : token.scope || undefined,
      clientId: token.clientId,
      sub: 'accountId' in token ? token.accountId : undefined,
      aud: 'aud' in token && typeof token.aud === 'string' ? token.aud : undefined,
      iss: provider.issuer,
      exp: token.exp,
      iat: token.iat,
      tokenType: token.kind === 'RefreshToken' ? undefined : token.tokenType,
      roles: present?.roles ?? [],
      jkt: token.jkt,
      extra: token.kind === 'RefreshToken' ? {} : (token.extra ?? {}),
    }
  }

const findToken = async (provider: Provider, presented: string): Promise<Token | undefined> => {
  const found = await Promise.all([
    provider.AccessToken.find(presented),
    provider.ClientCredentials.find(presented),
    provider.RefreshToken.find(presented),
  ])
  return found.find((token) => token !== undefined)
}

/** A token of a person dies with its family. */
const hasGrant = async (provider: Provider, token: Token): Promise<boolean> => {
  if (!('grantId' in token) || !token.grantId) return true
  const grant = await provider.Grant.find(token.grantId)
  return grant?.clientId === token.clientId && grant?.accountId === token.accountId
}
