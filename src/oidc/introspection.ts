import type { Next } from 'koa'
import type { KoaContextWithOIDC } from 'oidc-provider'
import type { ApiAccess } from './api-access.ts'

/**
 * An opaque token for an API tells its scope as far as the person's roles allow it NOW: a permission taken away is
 * gone at the next introspection, not at the token's end.
 */
export const presentScope =
  (access: ApiAccess) =>
  async (ctx: KoaContextWithOIDC, next: Next): Promise<void> => {
    await next()
    const token = ctx.oidc?.route === 'introspection' ? ctx.oidc.entities.AccessToken : undefined
    if (!token?.accountId || typeof token.aud !== 'string' || !isActive(ctx.body)) return
    const [present, roles] = await Promise.all([
      access.ofPerson(token.accountId, token.aud),
      access.roles(token.accountId, token.aud),
    ])
    const scope = [...token.scopes].filter((name) => present.includes(name)).join(' ')
    ctx.body = { ...ctx.body, scope: scope === '' ? undefined : scope, roles }
  }

const isActive = (body: unknown): body is { active: true } =>
  typeof body === 'object' && body !== null && 'active' in body && body.active === true
