import type { Settings } from './settings.ts'

/** Seconds before its end at which a token is renewed. */
const MARGIN = 30

/** RFC 6749 §5.1, as far as we read it. */
interface TokenResponse {
  access_token: string
  /** Seconds. */
  expires_in: number
}

const isTokenResponse = (body: unknown): body is TokenResponse =>
  typeof body === 'object' &&
  body !== null &&
  'access_token' in body &&
  typeof body.access_token === 'string' &&
  'expires_in' in body &&
  typeof body.expires_in === 'number'

/** Returns a function that resolves with an access token of ours, the same one until it is nearly over. */
export const accessToken = ({ issuer, clientId, clientSecret }: Settings): (() => Promise<string>) => {
  let current: { promise: Promise<string>; until: number } | undefined

  const request = async (): Promise<string> => {
    const answer = await fetch(`${issuer}/oauth2/token`, {
      method: 'POST',
      headers: {
        authorization: `Basic ${Buffer.from(`${clientId}:${clientSecret}`).toString('base64')}`,
      },
      body: new URLSearchParams({
        grant_type: 'client_credentials',
        resource: `${issuer}/access`,
        scope: 'access:evaluate',
      }),
    })
    if (!answer.ok) throw new Error(`no token: ${answer.status} ${await answer.text()}`)
    const body: unknown = await answer.json()
    if (!isTokenResponse(body)) throw new Error('no token: an answer of another form')
    if (current) current.until = Date.now() + (body.expires_in - MARGIN) * 1000
    return body.access_token
  }

  return () => {
    if (current && Date.now() < current.until) return current.promise
    const promise = request()
    // Calls that come meanwhile wait for this one; after a failure the next call tries again.
    current = { promise, until: Number.POSITIVE_INFINITY }
    promise.catch(() => {
      current = undefined
    })
    return promise
  }
}
