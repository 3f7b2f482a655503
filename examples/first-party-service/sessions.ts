import { randomBytes } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'

const COOKIE = 'first-party-session'
const WEEK = 7 * 24 * 60 * 60

const idOf = ({ headers }: IncomingMessage): string | undefined =>
  new RegExp(`(?:^|; )${COOKIE}=([\\w-]+)`).exec(headers.cookie ?? '')?.[1]

/**
 * What the service keeps of a person, under a random name in a cookie; no token leaves the service. In memory here, in
 * your store there.
 */
export const sessions = <Value>({ secure }: { secure: boolean }) => {
  const known = new Map<string, Value>()
  const setCookie = (response: ServerResponse, id: string, age: number) =>
    response.setHeader(
      'set-cookie',
      `${COOKIE}=${id}; Path=/; HttpOnly; SameSite=Lax; Max-Age=${age}${secure ? '; Secure' : ''}`,
    )
  return {
    find: (request: IncomingMessage): Value | undefined => known.get(idOf(request) ?? ''),
    /** A new name each time: one that somebody else has set is worth nothing. */
    start(request: IncomingMessage, response: ServerResponse, value: Value) {
      known.delete(idOf(request) ?? '')
      const id = randomBytes(32).toString('base64url')
      known.set(id, value)
      setCookie(response, id, WEEK)
    },
    end(request: IncomingMessage, response: ServerResponse) {
      known.delete(idOf(request) ?? '')
      setCookie(response, '', 0)
    },
  }
}
