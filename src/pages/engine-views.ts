import type { Context } from 'koa'
import type { EngineViews } from '../oidc/interactions.ts'
import { askerView } from './display.ts'
import { errorPage } from './error-page.ts'
import type { PageParts } from './parts.ts'
import { type ReferenceParts, reference } from './reference.ts'

const askedLocales = (ctx: Context): string | undefined => {
  const { ui_locales: asked } = ctx.query
  return typeof asked === 'string' ? asked : undefined
}

// The query leads to the same logout again. An error page has no such link: its query may hold what nobody should see.
const logoutPath = (ctx: Context): string | undefined => (ctx.method === 'GET' ? ctx.url : undefined)

/** The pages within the engine's own endpoints. */
export const engineViews = (parts: PageParts & ReferenceParts): EngineViews => ({
  async logout(ctx, { form, asker }) {
    const words = parts.language.of(ctx, askedLocales(ctx))
    const locals = { form, asker: asker && askerView(asker) }
    parts.render(ctx, 'logout', locals, { words, here: logoutPath(ctx) })
  },
  async loggedOut(ctx) {
    const words = parts.language.of(ctx, askedLocales(ctx))
    parts.render(ctx, 'logged-out', {}, { words, here: ctx.path })
  },
  refused: errorPage(parts),
  async error(ctx, { error, error_description: description = '' }, status) {
    const words = parts.language.of(ctx, askedLocales(ctx))
    const locals = { error, description, reference: reference(parts, ctx, words) }
    parts.render(ctx, 'oauth-error', locals, { words, status, failed: true })
  },
})
