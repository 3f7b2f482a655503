/** RFC 8252 §8.3 */
const LOOPBACK = new Set(['localhost', '127.0.0.1', '[::1]'])

const LONGEST = 2000
// A browser drops tabs and line breaks inside a URI and takes `\` for `/`: what it follows would not be what was read.
const PLAIN = /^[\x21-\x5b\x5d-\x7e]+$/

/** RFC 8252 §7.1: a scheme for one's own use is a domain name reversed, so that it has a dot. */
const PRIVATE_USE = /^[a-z][a-z0-9+-]*(\.[a-z0-9+-]+)+:$/

/** Answers to the authorization request come back under these names; nobody may put them there before (C-08). */
const RESERVED_QUERY = ['code', 'state', 'iss', 'error', 'error_description', 'id_token', 'access_token']

const parse = (uri: string): URL | string => {
  if (uri.length > LONGEST || !PLAIN.test(uri))
    return `wanted at most ${LONGEST} printable ASCII characters without blanks and backslashes`
  if (!URL.canParse(uri)) return 'wanted an absolute URI'
  const url = new URL(uri)
  if (url.username !== '' || url.password !== '') return 'wanted a URI without a user name or password'
  if (uri.includes('#')) return 'wanted a URI without a fragment'
  return url
}

/** https on any host but a loopback one, http on a loopback one, or a private-use scheme. */
export type RedirectKind = 'https' | 'loopback' | 'private-use'

const kindOf = ({ protocol, hostname }: URL): RedirectKind | undefined => {
  if (protocol === 'https:') return 'https'
  if (protocol === 'http:') return LOOPBACK.has(hostname) ? 'loopback' : undefined
  return PRIVATE_USE.test(protocol) ? 'private-use' : undefined
}

/** Whether a redirect URI without faults suits the application type (OpenID Connect Registration §2, RFC 8252 §7). */
export const suits = (uri: string, applicationType: 'web' | 'native'): boolean => {
  const url = new URL(uri)
  const kind = kindOf(url)
  return applicationType === 'web' ? kind !== 'private-use' : kind !== 'https' || !LOOPBACK.has(url.hostname)
}

/**
 * What is wrong with a redirect URI to be registered (RFC 6749 §3.1.2, RFC 9700 §2.1; C-05, C-08, C-10). It is compared
 * by characters later, so only the form that a URL parser would write is taken: nothing in it is read in two ways.
 *
 * @returns what is wanted, or undefined
 */
export const redirectUriFault = (uri: string): string | undefined => {
  const url = parse(uri)
  if (typeof url === 'string') return url
  if (uri.includes('*')) return 'wanted one exact URI, without a wildcard'
  if (!kindOf(url))
    return 'wanted https, http on a loopback address, or a private-use scheme with a dot such as com.example.app'
  const reserved = RESERVED_QUERY.find((name) => url.searchParams.has(name))
  if (reserved !== undefined) return `wanted a URI without "${reserved}" in its query`
  return url.href === uri || url.href === `${uri}/` ? undefined : `wanted the same URI written as ${url.href}`
}

/**
 * What is wrong with the address of a page, a picture or an endpoint of a client.
 *
 * @returns what is wanted, or undefined
 */
export const webUriFault = (uri: string): string | undefined => {
  const url = parse(uri)
  if (typeof url === 'string') return url
  const kind = kindOf(url)
  return kind === 'https' || kind === 'loopback' ? undefined : 'wanted https, or http on a loopback address'
}
