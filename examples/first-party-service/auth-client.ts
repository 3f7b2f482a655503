import { calls, type Operations } from './auth-api.ts'

/** For whom the service calls: Gatehouse counts attempts by address, and names the device in the list of sessions. */
export interface Person {
  address: string
  userAgent: string
}

/** A member is wanted where the call has it, and not to be given where it has not. */
type Wanted<Name extends string, Value> = Value extends undefined
  ? { [Key in Name]?: undefined }
  : { [Key in Name]: Value }

export type Given<Id extends keyof Operations> = Wanted<'body', Operations[Id]['body']> &
  Wanted<'params', Operations[Id]['params']> & { token?: string; person?: Person | undefined }

/** Members that every problem has (RFC 9457), with those of this call. */
export type Problem<Id extends keyof Operations> = Operations[Id]['problem'] & {
  title: string
  status: number
  request_id: string
  errors?: { field: string; code: string }[]
}

export type Answer<Id extends keyof Operations> =
  | { kind: 'ok'; status: number; body: Operations[Id]['success'] }
  /** `retryAfter` in seconds, with 429 and 503. */
  | { kind: 'problem'; problem: Problem<Id>; retryAfter: number | undefined }

export type AuthClient = <Id extends keyof Operations>(call: Id, given: Given<Id>) => Promise<Answer<Id>>

/** Milliseconds; Gatehouse answers within two seconds even when its store is away. */
const PATIENCE = 10_000

const headersOf = (given: { body?: unknown; token?: string; person?: Person | undefined }): Headers => {
  const headers = new Headers({ accept: 'application/json' })
  if (given.body !== undefined) headers.set('content-type', 'application/json')
  if (given.token !== undefined) headers.set('authorization', `Bearer ${given.token}`)
  // Believed only from an address that Gatehouse trusts: its setting TRUST_PROXY.
  if (given.person) headers.set('x-forwarded-for', given.person.address)
  if (given.person) headers.set('user-agent', given.person.userAgent)
  return headers
}

const secondsOf = (header: string | null): number | undefined =>
  header === null ? undefined : Number(header)

/**
 * Calls the REST API. A refusal is an answer, not an exception; only what is no answer of Gatehouse rejects: no
 * connection, a proxy's page.
 */
export const authClient = (issuer: string): AuthClient => {
  return async (call, given) => {
    const { method, path } = calls[call]
    const params: Record<string, string> = given.params ?? {}
    const url =
      issuer + path.replace(/\{(\w+)\}/g, (_, name: string) => encodeURIComponent(params[name] ?? ''))
    const answer = await fetch(url, {
      method,
      headers: headersOf(given),
      ...(given.body === undefined ? {} : { body: JSON.stringify(given.body) }),
      redirect: 'error',
      signal: AbortSignal.timeout(PATIENCE),
    })
    const text = await answer.text()
    const body = text === '' ? undefined : JSON.parse(text)
    if (answer.ok) return { kind: 'ok', status: answer.status, body }
    return { kind: 'problem', problem: body, retryAfter: secondsOf(answer.headers.get('retry-after')) }
  }
}
