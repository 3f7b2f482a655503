import { isIP } from 'node:net'
import { z } from 'zod'
import { parseEmail } from '../domain/email.ts'
import { parseSender } from '../domain/sender.ts'

/** How a value is written. The words say what is wanted, in the documentation and in a fault alike. */
export interface Kind<Schema extends z.ZodType> {
  words: string
  schema: Schema
}

const kind = <Value>(words: string, read: (text: string) => Value | undefined) => ({
  words,
  schema: z.string().transform((text, context) => {
    const value = read(text)
    if (value !== undefined) return value
    context.addIssue({ code: 'custom', message: words })
    return z.NEVER
  }),
})

const matching = (words: string, pattern: RegExp) =>
  kind(words, (text) => (pattern.test(text) ? text : undefined))

const readInteger = (text: string, least: number, most: number): number | undefined => {
  if (!/^(0|[1-9]\d{0,8})$/.test(text)) return undefined
  const value = Number(text)
  return value >= least && value <= most ? value : undefined
}

export const integer = (least: number, most: number, unit = 'whole number') =>
  kind(`${unit}, ${least} to ${most}`, (text) => readInteger(text, least, most))

export const seconds = (least: number, most: number) => integer(least, most, 'seconds')

export const choice = <const Names extends readonly [string, ...string[]]>(...names: Names) => {
  const words = `one of ${names.join(', ')}`
  return { words, schema: z.enum(names, { error: words }) }
}

/** @param words what the text is, such as `folder` */
export const line = (words: string) => matching(words, /^\P{Cc}+$/u)

/** A secret is taken as it is. */
export const anything = (words: string) => kind(words, (text) => text)

/** @param schemes with the colon, such as `https:` */
export const url = (words: string, schemes: readonly string[]) =>
  kind(words, (text) => (URL.canParse(text) && schemes.includes(new URL(text).protocol) ? text : undefined))

/**
 * Address of a store: it may name several hosts, as no URL of the web does, so its driver reads the rest.
 *
 * @param schemes without the colon
 */
export const address = (words: string, schemes: readonly string[]) =>
  kind(words, (text) => {
    const [scheme = '', rest = ''] = text.split('://', 2)
    return schemes.includes(scheme) && /^[^\s/?#]+/.test(rest) ? text : undefined
  })

/** Processes; `auto` means one for each processor core. */
export const workers = () =>
  kind('auto, or whole number, 1 to 64', (text) => (text === 'auto' ? text : readInteger(text, 1, 64)))

/** Comma-separated; blanks around an item do not count, an empty item is refused. */
const list = <Item>(words: string, read: (text: string) => Item | undefined) =>
  kind(words, (text) => {
    const items = text.split(',').map((item) => read(item.trim()))
    const good = items.filter((item) => item !== undefined)
    return good.length === items.length ? good : undefined
  })

export const host = () => matching('network address or host name to listen on', /^[\w.:-]+$/)

export const email = () => kind('e-mail address', (text) => parseEmail(text)?.email)

export const sender = () =>
  kind('e-mail address, with or without a name', (text) => (parseSender(text) ? text : undefined))

/** The client's address is believed from no proxy, from every proxy, or from so many in a row (N-13). */
export const trustedProxies = () =>
  kind('false, true, or the number of proxies in a row, 1 to 16', (text) => {
    if (text === 'false' || text === 'true') return text === 'true'
    return readInteger(text, 1, 16)
  })

/** RFC 8707 §2: an absolute URI without a fragment. */
export const resource = () =>
  kind('absolute URI without a fragment', (text) =>
    URL.canParse(text) && !text.includes('#') ? text : undefined,
  )

/** The characters keep a colour from ending the declaration that it is written into. */
export const colour = () =>
  matching(
    'CSS colour, such as #0c6a5b',
    /^(#([\da-f]{3,4}|[\da-f]{6}|[\da-f]{8})|[a-z]+|(rgb|hsl|oklch|oklab|lab|lch)\([\d\s.,%/+a-z-]+\))$/i,
  )

export const picture = () =>
  matching('path of an SVG, PNG, JPEG or WebP file', /^\P{Cc}+\.(svg|png|jpe?g|webp)$/iu)

export const names = (words: string) => list(words, (text) => (/^\P{Cc}+$/u.test(text) ? text : undefined))

export const origins = () =>
  list('comma-separated origins, such as https://app.example.com', (text) =>
    URL.canParse(text) && new URL(text).origin === text ? text : undefined,
  )

const isNetwork = (text: string): boolean => {
  const [address = '', prefix, ...rest] = text.split('/')
  const family = isIP(address)
  if (family === 0 || rest.length > 0) return false
  return prefix === undefined || readInteger(prefix, 0, family === 4 ? 32 : 128) !== undefined
}

export const networks = () =>
  list('comma-separated IP addresses and CIDR ranges', (text) => (isNetwork(text) ? text : undefined))

export const cookieKeys = () =>
  list('comma-separated keys of at least 32 characters each', (text) =>
    text.length >= 32 ? text : undefined,
  )

export const sealingKeys = () =>
  list('comma-separated keys, each the base64 of 32 bytes', (text) => {
    const key = Buffer.from(text, 'base64')
    return key.length === 32 && key.toString('base64') === text ? key : undefined
  })
