import { join } from 'node:path'
import Router from '@koa/router'
import { type Catalogue, i18n, readCatalogues } from '../i18n.ts'
import type { Language } from './language.ts'
import type { Render } from './render.ts'

/** The public client that lives in the page; the development start registers it. */
export const PLAYGROUND_CLIENT = 'playground'
export const PLAYGROUND_PATH = '/playground'
const SCOPE = 'openid profile email offline_access'

export interface PlaygroundParts {
  issuer: string
  viewsDir: string
  render: Render
  language: Language
  /** Identifiers of the APIs to suggest; the built-in ones are not for other clients. */
  resources: () => Promise<string[]>
}

const ownWords = (catalogues: Readonly<Record<string, Catalogue>>) => {
  const { words } = i18n(catalogues)
  const keys = Object.keys(catalogues.en ?? {})
  return (locale: string): Record<string, string> => {
    const { t } = words(locale)
    return Object.fromEntries(keys.map((key) => [key, t(key)]))
  }
}

/** Its script shows what happens; the words of the form are in the page already. */
const ofScript = (text: Record<string, string>): Record<string, string> =>
  Object.fromEntries(Object.entries(text).filter(([key]) => !key.startsWith('option')))

/**
 * `GET /playground`: a public client that runs the code flow in the browser and shows each request and answer. For
 * development only: it keeps tokens in sessionStorage to show them.
 *
 * @throws Error at start if its catalogue is missing
 */
export const playgroundRoutes = (parts: PlaygroundParts): Router => {
  const { issuer, render, language } = parts
  const textOf = ownWords(readCatalogues(join(parts.viewsDir, 'locales', 'playground')))
  const router = new Router({ strict: true, sensitive: true })
  router.get(PLAYGROUND_PATH, async (ctx) => {
    const words = language.of(ctx)
    const text = textOf(words.locale)
    const client = { issuer, clientId: PLAYGROUND_CLIENT, redirectUri: issuer + PLAYGROUND_PATH }
    const config = JSON.stringify({ ...client, locale: words.locale, words: ofScript(text) })
    const locals = { text, config, scope: SCOPE, resources: await parts.resources() }
    render(ctx, 'playground', locals, { words, here: PLAYGROUND_PATH })
  })
  return router
}
