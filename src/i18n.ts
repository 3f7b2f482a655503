import { readdirSync, readFileSync } from 'node:fs'
import { basename, join } from 'node:path'

/** A text, or one text per plural form of `count` (CLDR categories; `other` is required). */
export type Message = string | Partial<Record<Intl.LDMLPluralRule, string>>
export type Catalogue = Readonly<Record<string, Message>>
export type Values = Readonly<Record<string, string | number>>

/** The texts of one language. */
export interface Words {
  /** BCP 47 tag, also the value of `<html lang>`. */
  locale: string
  /**
   * The text of a key with `{name}` replaced from `values`; `values.count` picks the plural form.
   *
   * @returns plain text, not HTML; the key itself if no catalogue has it
   */
  t(key: string, values?: Values): string
  has(key: string): boolean
}

export interface I18n {
  /** In the order in which a page offers them. */
  locales: readonly string[]
  words(locale: string): Words
  /**
   * Picks the language of a request: each wish is a list of BCP 47 tags, most wanted first, and the first wish that
   * names a language we have wins.
   */
  choose(...wishes: readonly (readonly string[])[]): string
}

const FALLBACK = 'en'

const fill = (text: string, values: Values): string =>
  text.replace(/\{(\w+)\}/g, (whole, name: string) =>
    Object.hasOwn(values, name) ? String(values[name]) : whole,
  )

const wordsOf = (locale: string, own: Catalogue, fallback: Catalogue): Words => {
  const plural = new Intl.PluralRules(locale)
  const find = (key: string): Message | undefined =>
    Object.hasOwn(own, key) ? own[key] : Object.hasOwn(fallback, key) ? fallback[key] : undefined
  return {
    locale,
    has: (key) => find(key) !== undefined,
    t(key, values = {}) {
      const message = find(key)
      if (message === undefined) return key
      if (typeof message === 'string') return fill(message, values)
      return fill(message[plural.select(Number(values.count))] ?? message.other ?? key, values)
    },
  }
}

/**
 * Reads every `<locale>.json` of a folder once, at start.
 *
 * @throws Error if a catalogue is not JSON or the English one is missing
 */
export const readCatalogues = (folder: string): Record<string, Catalogue> =>
  Object.fromEntries(
    readdirSync(folder)
      .filter((file) => file.endsWith('.json'))
      .sort()
      .map((file) => [basename(file, '.json'), JSON.parse(readFileSync(join(folder, file), 'utf8'))]),
  )

/** @param catalogues by locale; English fills the gaps of the others */
export const i18n = (catalogues: Readonly<Record<string, Catalogue>>): I18n => {
  const english = catalogues[FALLBACK]
  if (!english) throw new Error(`There is no catalogue for "${FALLBACK}"`)
  const words = new Map(
    Object.entries(catalogues).map(([locale, own]) => [locale, wordsOf(locale, own, english)]),
  )
  const fallback = wordsOf(FALLBACK, english, english)
  // RFC 4647 §3.4 (lookup): `ru-RU` finds `ru`.
  const match = (tag: string): string | undefined => {
    const subtags = tag.toLowerCase().split('-')
    for (let length = subtags.length; length > 0; length--) {
      const candidate = subtags.slice(0, length).join('-')
      if (words.has(candidate)) return candidate
    }
    return undefined
  }
  return {
    locales: [...words.keys()],
    words: (locale) => words.get(locale) ?? fallback,
    choose: (...wishes) =>
      wishes
        .flat()
        .map(match)
        .find((found) => found !== undefined) ?? FALLBACK,
  }
}

const MAX_TAGS = 20

/** Tags of an `Accept-Language` header, most wanted first (RFC 9110 §12.5.4); refused and surplus ones left out. */
export const acceptedLanguages = (header: string): string[] =>
  header
    .slice(0, 1000)
    .split(',')
    .slice(0, MAX_TAGS)
    .map((range) => {
      const [tag = '', ...parameters] = range.split(';').map((part) => part.trim())
      const quality = parameters.find((parameter) => parameter.startsWith('q='))
      return { tag, quality: quality === undefined ? 1 : Number(quality.slice(2)) }
    })
    .filter(({ tag, quality }) => /^[a-z]{1,8}(-[a-z0-9]{1,8})*$/i.test(tag) && quality > 0)
    .sort((one, other) => other.quality - one.quality)
    .map(({ tag }) => tag)

/** Tags of `ui_locales`, most wanted first (OpenID Connect Core §3.1.2.1). */
export const uiLocales = (value: string | undefined): string[] =>
  (value ?? '').slice(0, 1000).split(' ').filter(Boolean).slice(0, MAX_TAGS)
