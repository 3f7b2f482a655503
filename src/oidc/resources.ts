import { type Client, errors, type KoaContextWithOIDC, type ResourceServer } from 'oidc-provider'
import { FIRST_PARTY_CLIENT } from '../domain/first-party.ts'
import type { Clock } from '../domain/ports.ts'
import type { ApiAccess } from './api-access.ts'
import { ask, requestState } from './request-state.ts'

/** Lifetimes of access tokens for APIs, in seconds. */
interface TokenLifetimes {
  accessToken: number
  clientCredentials: number
}

/**
 * The engine's `getResourceServerInfo` (RFC 8707, RFC 9068). At the authorization endpoint an API offers what the
 * client may ask for; at the token endpoint that, narrowed to what the person's roles allow now. A grant narrowed by
 * roles would make consent be asked for ever, so the grant holds the client's ceiling and the token less.
 */
export const resourceServerInfo =
  (access: ApiAccess, ttl: TokenLifetimes, now: Clock) =>
  async (ctx: KoaContextWithOIDC, identifier: string, client: Client): Promise<ResourceServer> => {
    const api = access.find(identifier)
    if (!api) throw new errors.InvalidTarget()
    const scopes = await lasting(await ask(scopesFor(ctx, identifier, client, access)), {
      ctx,
      identifier,
      access,
      now,
    })
    const byClient = isClientItself(ctx)
    return {
      scope: scopes.join(' '),
      audience: identifier,
      accessTokenTTL: byClient ? ttl.clientCredentials : ttl.accessToken,
      accessTokenFormat: api.accessTokenFormat,
      ...(api.accessTokenFormat === 'jwt' ? { jwt: { sign: { alg: 'ES256' } } } : {}),
    }
  }

interface Asked {
  ctx: KoaContextWithOIDC
  identifier: string
  access: ApiAccess
  now: Clock
}

/** Notes for the token when its scopes end, and leaves out what ends within this second: no token is that short. */
const lasting = async (scopes: string[], { ctx, identifier, access, now }: Asked): Promise<string[]> => {
  const { account, client } = ctx.oidc
  if (ctx.oidc.route !== 'token' || !client) return scopes
  const subject = isClientItself(ctx)
    ? ({ kind: 'client', id: client.clientId } as const)
    : account && ({ kind: 'user', id: account.accountId } as const)
  if (!subject) return scopes
  const ends = await ask(access.goodUntil(subject, identifier))
  requestState()?.scopeEnds.set(identifier, ends)
  const second = Math.floor(now() / 1000)
  return scopes.filter((scope) => Math.floor((ends.get(scope) ?? Number.POSITIVE_INFINITY) / 1000) > second)
}

const isClientItself = (ctx: KoaContextWithOIDC): boolean =>
  ctx.oidc.route === 'token' && ctx.oidc.params?.grant_type === 'client_credentials'

const scopesFor = async (
  ctx: KoaContextWithOIDC,
  identifier: string,
  client: Client,
  access: ApiAccess,
): Promise<string[]> => {
  if (isClientItself(ctx)) return refuseNothing(await access.ofClient(client.clientId, identifier))
  const scopes = await access.ceiling(client.clientId, identifier)
  // `@api` may have no permissions at all, and a sign-in is one all the same.
  const ceiling = client.clientId === FIRST_PARTY_CLIENT ? scopes : refuseNothing(scopes)
  const { account } = ctx.oidc
  if (ctx.oidc.route !== 'token' || !account) return ceiling
  const present = new Set(await access.ofPerson(account.accountId, identifier))
  return ceiling.filter((scope) => present.has(scope))
}

/** A client that may ask nothing of an API gets no token for it (RFC 8707 §2, `invalid_target`). */
const refuseNothing = (scopes: string[]): string[] => {
  if (scopes.length === 0) throw new errors.InvalidTarget()
  return scopes
}
