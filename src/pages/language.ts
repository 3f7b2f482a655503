import type { Context, Middleware } from 'koa'
import { readCookie, setCookie } from '../http/cookies.ts'
import { acceptedLanguages, type I18n, uiLocales, type Words } from '../i18n.ts'

const COOKIE = 'gatehouse_lang'
/** Only below `/interaction`: what the person chose there outranks what the application asked for. */
const INTERACTION_COOKIE = 'gatehouse_lang_here'
const INTERACTION_PATH = '/interaction'
const YEAR = 365 * 24 * 60 * 60
const HOUR = 60 * 60

export interface Language {
  /**
   * The texts for a request: `ui_locales`, then the cookie, then Accept-Language, then English. A language link that
   * was used within this sign-in comes first.
   *
   * @param asked `ui_locales` as the application sent it
   */
  of(ctx: Context, asked?: string): Words
  /** Answers `GET …?lang=ru`: keeps the choice in a cookie, then 303 to the same path without the parameter. */
  choice: Middleware
}

/** A path of ours that a browser cannot take for another host, as it would `//host` or `/\host`. */
export const isOwnPath = (path: string): boolean => /^\/(?![/\\])/.test(path)

const inSignIn = (path: string): boolean => path.startsWith(`${INTERACTION_PATH}/`)

/** @param options.secure the issuer is https */
export const language = ({ i18n, secure }: { i18n: I18n; secure: boolean }): Language => {
  const cookie = (ctx: Context, name: string): string[] => {
    const value = readCookie(ctx, name)
    return value === undefined ? [] : [value]
  }
  const keep = (ctx: Context, chosen: string): void => {
    setCookie(ctx, COOKIE, chosen, { secure, maxAge: YEAR })
    if (inSignIn(ctx.path)) {
      setCookie(ctx, INTERACTION_COOKIE, chosen, { secure, path: INTERACTION_PATH, maxAge: HOUR })
    }
  }
  return {
    of: (ctx, asked) =>
      i18n.words(
        i18n.choose(
          cookie(ctx, INTERACTION_COOKIE),
          uiLocales(asked),
          cookie(ctx, COOKIE),
          acceptedLanguages(ctx.get('accept-language')),
        ),
      ),
    async choice(ctx, next) {
      const { lang } = ctx.query
      const isChoice = typeof lang === 'string' && i18n.locales.includes(lang) && isOwnPath(ctx.path)
      if (ctx.method !== 'GET' || !isChoice || !ctx.accepts('html')) return next()
      keep(ctx, lang)
      const query = new URLSearchParams(ctx.querystring)
      query.delete('lang')
      ctx.status = 303
      ctx.set({ Location: query.size > 0 ? `${ctx.path}?${query}` : ctx.path, 'Cache-Control': 'no-store' })
    },
  }
}
