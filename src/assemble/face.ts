import { join } from 'node:path'
import type { Context } from 'koa'
import type { Foundation } from '../build.ts'
import { sameOrigin } from '../http/csrf.ts'
import { REQUEST_ID } from '../http/edge.ts'
import { baseHeaders } from '../http/headers.ts'
import { i18n } from '../i18n.ts'
import { isMachineEndpoint } from '../oidc/endpoints.ts'
import { pageAssets } from '../pages/assets.ts'
import { pageCatalogues } from '../pages/catalogues.ts'
import { language } from '../pages/language.ts'
import { renderer } from '../pages/render.ts'

export const VIEWS = join(import.meta.dirname, '../../views')

const requestIdOf = (ctx: Context): string => ctx.get(REQUEST_ID)

/** What pages of the engine and our own share. */
export const openFace = ({ config, now, secure }: Foundation) => {
  const catalogues = i18n(pageCatalogues(VIEWS))
  const assets = pageAssets(VIEWS, config.brand)
  const { url: assetUrl, logo } = assets
  const parts = {
    render: renderer({ viewsDir: VIEWS, i18n: catalogues, assetUrl, logo }),
    language: language({ i18n: catalogues, secure }),
    now,
    requestIdOf,
    languages: catalogues.locales.map((locale) => ({
      locale,
      name: catalogues.words(locale).t('language.name'),
    })),
  }
  return {
    ...parts,
    assets,
    /** @param locale BCP 47; undefined or unknown gives the default language */
    words: (locale: string | undefined) => catalogues.words(catalogues.choose(locale ? [locale] : [])),
    headers: baseHeaders({ secure, isMachine: isMachineEndpoint }),
    isOwnForm: sameOrigin(new URL(config.issuer).origin),
  }
}
export type Face = ReturnType<typeof openFace>
