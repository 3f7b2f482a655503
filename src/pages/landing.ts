import Router from '@koa/router'
import type { PageAssets } from './assets.ts'
import type { PageParts } from './parts.ts'

export interface LandingParts extends PageParts {
  issuer: string
  assets: Pick<PageAssets, 'url'>
  /** `/playground` exists. */
  playground: boolean
  registrationOpen: boolean
  /** `/auth/openapi.json` exists. */
  restApi: boolean
  /** `/mail` exists. */
  devMail: boolean
}

/** `/`: what this is, and where to go; and the icon, for pages that name none, as those of the engine. */
export const landingRoute = (parts: LandingParts): Router =>
  new Router({ strict: true, sensitive: true })
    .get('/', (ctx) => {
      const { issuer, playground, registrationOpen: registration, restApi, devMail } = parts
      const rendering = { words: parts.language.of(ctx), here: '/' }
      parts.render(ctx, 'landing', { issuer, playground, registration, restApi, devMail }, rendering)
    })
    .get('/favicon.ico', (ctx) => {
      ctx.redirect(parts.assets.url('mark.svg'))
    })
