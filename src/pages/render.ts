import ejs from 'ejs'
import type { Context } from 'koa'
import { pageHeaders } from '../http/headers.ts'
import type { I18n, Values, Words } from '../i18n.ts'
import type { Shell } from './account/shell.ts'
import { frames } from './frames.ts'
import { isOwnPath } from './language.ts'
import type { PageLocals, PageName } from './page-locals.ts'
import { compileTemplates, type Template } from './templates.ts'

export interface RendererOptions {
  viewsDir: string
  i18n: I18n
  /** Address of an asset by its file name. */
  assetUrl: (name: string) => string
  /** File name of the logo among the assets; undefined shows the mark and the name. */
  logo: string | undefined
}

export interface Rendering {
  words: Words
  /** 200 by default. */
  status?: number
  /** The page reports a refusal: its title says so first. */
  failed?: boolean
  /** Path (with query) that shows this page by GET; the language links lead there. Undefined: no such links. */
  here?: string | undefined
  /** Around a page of the account console; every view and part of it can read `it.shell`. */
  shell?: Shell
}

/** Sets status, headers, type and body. Koa's HEAD answers come out right by themselves. */
export type Render = <P extends PageName>(
  ctx: Context,
  page: P,
  locals: PageLocals[P],
  options: Rendering,
) => void

/** `{name}` in the text becomes `<strong>value</strong>`, or what `open` and `close` say; both sides escaped. */
const marked = (words: Words, open: string, close: string) => (key: string, values: Values) =>
  ejs
    .escapeXML(words.t(key))
    .replace(/\{(\w+)\}/g, (_, name: string) => open + ejs.escapeXML(String(values[name] ?? '')) + close)

const languageLinks = (i18n: I18n, words: Words, here: string | undefined) =>
  here === undefined || !isOwnPath(here)
    ? []
    : i18n.locales.map((locale) => ({
        locale,
        name: i18n.words(locale).t('language.name'),
        href: `${here}${here.includes('?') ? '&' : '?'}lang=${locale}`,
        current: locale === words.locale,
      }))

/**
 * Compiles all views.
 *
 * @throws Error if a view does not compile or a page has none
 */
export const renderer = ({ viewsDir, i18n, assetUrl, logo }: RendererOptions): Render => {
  const templates = compileTemplates(viewsDir)
  const template = (name: string): Template => {
    const found = templates.get(name)
    if (!found) throw new Error(`There is no view ${name}.ejs`)
    return found
  }
  for (const page of Object.keys(frames)) template(page)

  return (ctx, page, locals, { words, status = 200, failed = false, here, shell }) => {
    const frame = frames[page]
    const title = frame.title(words, locals)
    const shared = {
      t: words.t,
      strong: marked(words, '<strong><bdi>', '</bdi></strong>'),
      isolated: marked(words, '<bdi>', '</bdi>'),
      asset: assetUrl,
      shell,
      part: (name: string, part: object = {}): string => template(`parts/${name}`)({ ...shared, page: part }),
    }
    const body = template(page)({ ...shared, page: locals })
    pageHeaders(ctx, frame.policy(locals))
    ctx.status = status
    ctx.type = 'text/html; charset=utf-8'
    ctx.body = template(`layouts/${frame.layout}`)({
      ...shared,
      page: {
        body,
        title: failed ? words.t('title.error', { title }) : title,
        locale: words.locale,
        script: frame.script,
        logo: logo === undefined ? undefined : assetUrl(logo),
        languages: languageLinks(i18n, words, here),
      },
    })
  }
}
