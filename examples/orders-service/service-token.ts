import type { Settings } from './settings.ts'

/** Seconds before its end at which a token is renewed. */
const MARGIN = 30

/** Our own access token, for asking. */
export interface ServiceToken {
  /** The same one until it is nearly over, for calls at the same moment as well. */
  get(): Promise<string>
  /** It was refused: the next call gets another one. */
  drop(): void
}

/** A token of client credentials for Gatehouse's decisions. */
export const serviceToken = ({ issuer, clientId, clientSecret }: Settings): ServiceToken => {
  let current: { token: Promise<string>; until: number } | undefined

  const request = async (): Promise<{ token: string; seconds: number }> => {
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
      signal: AbortSignal.timeout(2000),
    })
    const body: unknown = await answer.json()
    if (
      typeof body !== 'object' ||
      body === null ||
      !('access_token' in body && typeof body.access_token === 'string') ||
      !('expires_in' in body && typeof body.expires_in === 'number')
    )
      throw new Error(`no token: ${answer.status}`)
    return { token: body.access_token, seconds: body.expires_in }
  }

  return {
    get() {
      if (current && Date.now() < current.until) return current.token
      const requested = request()
      const mine = { token: requested.then(({ token }) => token), until: Number.POSITIVE_INFINITY }
      current = mine
      requested.then(
        ({ seconds }) => {
          mine.until = Date.now() + (seconds - MARGIN) * 1000
        },
        () => {
          // The next call tries again.
          if (current === mine) current = undefined
        },
      )
      return mine.token
    },
    drop() {
      current = undefined
    },
  }
}
