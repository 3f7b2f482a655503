/** A cookie as a browser keeps it (RFC 6265 §5.3), without the public suffix rules that loopback hosts do not need. */
export interface Cookie {
  name: string
  value: string
  host: string
  path: string
  /** Milliseconds since the epoch; undefined for a cookie of the browser's session. */
  expiresAt: number | undefined
  /** Attribute names in lower case, with their values: `httponly`, `secure`, `samesite` … */
  attributes: Record<string, string>
}

// RFC 6265 §5.1.4: the path of a cookie without one is the folder of the request's path.
const defaultPath = (pathname: string): string => pathname.slice(0, pathname.lastIndexOf('/')) || '/'

const pathMatches = (path: string, pathname: string): boolean =>
  pathname === path || (pathname.startsWith(path) && (path.endsWith('/') || pathname[path.length] === '/'))

const parse = (line: string, url: URL, now: number): Cookie | undefined => {
  const [pair = '', ...rest] = line.split(';')
  const equals = pair.indexOf('=')
  if (equals < 1) return undefined
  const attributes: Record<string, string> = {}
  for (const part of rest) {
    const [name = '', ...value] = part.split('=')
    attributes[name.trim().toLowerCase()] = value.join('=').trim()
  }
  const { path, expires, 'max-age': maxAge } = attributes
  const expiresAt = maxAge ? now + Number(maxAge) * 1000 : expires ? Date.parse(expires) : undefined
  return {
    name: pair.slice(0, equals).trim(),
    value: pair.slice(equals + 1).trim(),
    host: url.hostname,
    path: path?.startsWith('/') ? path : defaultPath(url.pathname),
    expiresAt,
    attributes,
  }
}

/** Cookies of one browser. As in a browser, ports of one host share them. */
export interface CookieJar {
  /** Keeps what a response sets; a cookie that expires in the past is deleted. */
  take(url: URL, setCookie: readonly string[]): void
  /** The `Cookie` header for a request, or undefined. `Secure` cookies go to loopback, as browsers do. */
  header(url: URL): string | undefined
  all(): Cookie[]
  find(name: string): Cookie | undefined
  remove(name: string): void
}

/**
 * @param now milliseconds since the epoch
 */
export const cookieJar = (now: () => number = Date.now): CookieJar => {
  let cookies: Cookie[] = []
  const alive = () => {
    cookies = cookies.filter(({ expiresAt }) => expiresAt === undefined || expiresAt > now())
    return cookies
  }
  const take: CookieJar['take'] = (url, setCookie) => {
    for (const line of setCookie) {
      const fresh = parse(line, url, now())
      if (!fresh) continue
      const isSame = (old: Cookie) =>
        old.name === fresh.name && old.host === fresh.host && old.path === fresh.path
      cookies = [...cookies.filter((old) => !isSame(old)), fresh]
    }
  }
  const header: CookieJar['header'] = (url) => {
    const fitting = alive().filter(
      ({ host, path }) => host === url.hostname && pathMatches(path, url.pathname),
    )
    // RFC 6265 §5.4: longer paths first.
    fitting.sort((a, b) => b.path.length - a.path.length)
    return fitting.length > 0 ? fitting.map(({ name, value }) => `${name}=${value}`).join('; ') : undefined
  }
  return {
    take,
    header,
    all: () => [...alive()],
    find: (name) => alive().find((cookie) => cookie.name === name),
    remove: (name) => {
      cookies = cookies.filter((cookie) => cookie.name !== name)
    },
  }
}
