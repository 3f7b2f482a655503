import type { AccessToken, Client, ClientCredentials, KoaContextWithOIDC, RefreshToken } from 'oidc-provider'

type Token = AccessToken | ClientCredentials | RefreshToken

/** Resource identifiers whose tokens a client may introspect; `true` for all, tokens without a resource included. */
const mayIntrospect = (client: object, audience: string | string[] | undefined): boolean => {
  if (!('may_introspect' in client)) return false
  const allowed = client.may_introspect
  if (allowed === true) return true
  if (!Array.isArray(allowed) || audience === undefined) return false
  return [audience].flat().every((identifier) => allowed.includes(identifier))
}

/** A token is nobody's business but its client's and that of the API it is for (RFC 7662 §4). */
export const isItsBusiness = (client: Client, token: Token): boolean =>
  token.clientId === client.clientId || (token.kind !== 'RefreshToken' && mayIntrospect(client, token.aud))

/** The engine's question. */
export const introspectionAllowed = (_ctx: KoaContextWithOIDC, client: Client, token: Token): boolean =>
  isItsBusiness(client, token)

/** RFC 7009 §2.1: a client revokes its own tokens only; for others nothing happens and nothing is told. */
export const revocationAllowed = (
  _ctx: KoaContextWithOIDC,
  client: Client,
  token: { clientId?: string | undefined },
): boolean => token.clientId === client.clientId

const originOf = (uri: string): string | undefined => (URL.canParse(uri) ? new URL(uri).origin : undefined)

/** Browsers may call the token and userinfo endpoints from the origins of a public client's redirect URIs. */
export const corsAllowed = (_ctx: KoaContextWithOIDC, origin: string, client: Client): boolean =>
  origin !== 'null' &&
  client.tokenEndpointAuthMethod === 'none' &&
  (client.redirectUris ?? []).some((uri) => originOf(uri) === origin)

/**
 * A refresh token comes with `offline_access`; a first-party client gets one without asking. It never outlives the
 * grant type's absence.
 */
export const refreshTokenIssued =
  (isFirstParty: (client: Client) => boolean) =>
  async (_ctx: KoaContextWithOIDC, client: Client, code: { scopes: Set<string> }): Promise<boolean> =>
    client.grantTypeAllowed('refresh_token') && (code.scopes.has('offline_access') || isFirstParty(client))

/** Tokens without `offline_access` die with the browser session (OpenID Connect Core §11). */
export const expiresWithSession = async (
  _ctx: KoaContextWithOIDC,
  code: { scopes: Set<string> },
): Promise<boolean> => !code.scopes.has('offline_access')
