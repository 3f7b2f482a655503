import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

// Loopback ports share cookies, so each example has a name of its own. On https, call it `__Host-…` and add `Secure`.
const COOKIE = 'web_app_session'
const MOST = 10_000

/** Sessions in memory: the browser holds a random name, everything else stays here. */
export const sessions = <Session extends object>(empty: () => Session) => {
  const known = new Map<string, Session>()
  const idOf = (request: IncomingMessage): string =>
    new RegExp(`(?:^|; )${COOKIE}=([\\w-]+)`).exec(request.headers.cookie ?? '')?.[1] ?? ''
  const start = (response: ServerResponse): Session => {
    const id = randomBytes(32).toString('base64url')
    const session = empty()
    known.set(id, session)
    const [oldest] = known.keys()
    if (known.size > MOST && oldest) known.delete(oldest)
    // Lax: sent when Gatehouse redirects back here, not with a form of another site.
    response.setHeader('set-cookie', `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax`)
    return session
  }
  return {
    find: (request: IncomingMessage): Session | undefined => known.get(idOf(request)),
    /** A new session under a new name; the old one ends, so a name planted before the sign-in is worth nothing. */
    renew: (request: IncomingMessage, response: ServerResponse): Session => {
      known.delete(idOf(request))
      return start(response)
    },
    end: (request: IncomingMessage, response: ServerResponse): void => {
      known.delete(idOf(request))
      response.setHeader('set-cookie', `${COOKIE}=; Path=/; HttpOnly; SameSite=Lax; Max-Age=0`)
    },
  }
}
