import type { Next } from 'koa'
import type { AccessToken, KoaContextWithOIDC } from 'oidc-provider'
import type { ApiAccess } from './api-access.ts'

/** What an access token for an API allows now. */
export interface Present {
  scope: string | undefined
  roles: string[]
}

/**
 * An opaque token for an API tells its scope as far as the person's roles allow it NOW: a permission taken away is
 * gone at the next introspection, not at the token's end. Undefined for a token that roles do not bear on.
 */
export const presentOf = async (
  access: Pick<ApiAccess, 'ofPerson' | 'roles'>,
  { accountId, aud, scopes }: Pick<AccessToken, 'accountId' | 'aud' | 'scopes'>,
): Promise<Present | undefined> => {
  if (!accountId || typeof aud !== 'string') return undefined
  const [present, roles] = await Promise.all([access.ofPerson(accountId, aud), access.roles(accountId, aud)])
  const scope = [...scopes].filter((name) => present.includes(name)).join(' ')
  return { scope: scope === '' ? undefined : scope, roles }
}

/** Has the engine's answer tell the present. */
export const presentScope =
  (access: ApiAccess) =>
  async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    await next()
    const token = ctx.oidc?.route === 'introspection' ? ctx.oidc.entities.AccessToken : undefined
    const present = token && isActive(ctx.body) ? await presentOf(access, token) : undefined
    if (present && isActive(ctx.body)) ctx.body = { ...ctx.body, ...present }
  }

const isActive = (body: unknown): body is { active: true } =>
  typeof body === 'object' && body !== null && 'active' in body && body.active === true
