import type { Configuration, KoaContextWithOIDC } from 'oidc-provider'
import { asker } from './asker.ts'
import type { EngineViews } from './interactions.ts'

/** The pages of RP-initiated logout (OpenID Connect RP-Initiated Logout 1.0 §2). */
export const logoutPages = (views: EngineViews) => ({
  logoutSource: (ctx: KoaContextWithOIDC, form: string): Promise<void> =>
    views.logout(ctx, { form, asker: ctx.oidc.client && asker(ctx.oidc.client) }),
  postLogoutSuccessSource: (ctx: KoaContextWithOIDC): Promise<void> => views.loggedOut(ctx),
})

/** Errors that cannot be sent to the client are shown to the person: RFC 6749 §4.1.2.1. */
export const renderError =
  (views: EngineViews): NonNullable<Configuration['renderError']> =>
  (ctx, out) =>
    views.error(ctx, out, ctx.status)
