import { setTimeout as sleep } from 'node:timers/promises'
import type { Operations } from './auth-api.ts'
import type { AuthClient, Person } from './auth-client.ts'

type Tokens = Operations['refresh']['success']

/** The sign-in is over: ended elsewhere, or not used for too long. The person signs in again. */
export class SignedOut extends Error {
  override readonly name = 'SignedOut'
}

/** Gatehouse is busy or away; `retryAfter` in seconds. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable'
  readonly retryAfter: number

  constructor(retryAfter: number) {
    super(`try again in ${retryAfter} s`)
    this.retryAfter = retryAfter
  }
}

/** A person's tokens, kept fresh. */
export interface SignedIn {
  /**
   * Calls an API for the person. A token that the API refuses is renewed once.
   *
   * @throws SignedOut, Unavailable
   */
  fetch(url: string, init?: RequestInit): Promise<Response>
  /** Ends the sign-in at Gatehouse. */
  signOut(): Promise<void>
}

/** Milliseconds before its end at which an access token counts as over. */
const MARGIN = 30_000
/** Tries, and seconds that a request of a person may wait for one more. */
const TRIES = 3
const LONGEST_WAIT = 2

/** @param tokens as the sign-in gave them */
export const signedIn = (auth: AuthClient, first: Tokens, person: Person): SignedIn => {
  let tokens = first
  let endsAt = Date.now() + tokens.expires_in * 1000
  let renewal: Promise<void> | undefined

  const renew = async (): Promise<void> => {
    for (let left = TRIES; ; left--) {
      // The same refresh token may be sent again: within the grace Gatehouse gives the same successor.
      const answer = await auth('refresh', { body: { refresh_token: tokens.refresh_token }, person })
      if (answer.kind === 'ok') {
        tokens = answer.body
        endsAt = Date.now() + tokens.expires_in * 1000
        return
      }
      if (answer.problem.code === 'invalid_token') throw new SignedOut()
      const wait = answer.retryAfter ?? 1
      if (left === 1 || wait > LONGEST_WAIT) throw new Unavailable(wait)
      await sleep(wait * 1000)
    }
  }
  /** One renewal at a time: everybody who needs it waits for the same one. */
  const renewed = (): Promise<void> => {
    renewal ??= renew().finally(() => {
      renewal = undefined
    })
    return renewal
  }
  const accessToken = async (): Promise<string> => {
    if (Date.now() > endsAt - Math.min(MARGIN, tokens.expires_in * 500)) await renewed()
    return tokens.access_token
  }
  const send = async (url: string, init: RequestInit, token: string): Promise<Response> => {
    const headers = new Headers(init.headers)
    headers.set('authorization', `Bearer ${token}`)
    return fetch(url, { ...init, headers })
  }
  return {
    async fetch(url, init = {}) {
      const token = await accessToken()
      const answer = await send(url, init, token)
      if (answer.status !== 401) return answer
      await answer.body?.cancel()
      // Somebody else may have renewed it meanwhile.
      if (tokens.access_token === token) await renewed()
      return send(url, init, tokens.access_token)
    },
    async signOut() {
      try {
        const token = await accessToken()
        await auth('logout', { token, body: { refresh_token: tokens.refresh_token }, person })
      } catch (error) {
        if (!(error instanceof SignedOut)) throw error
      }
    },
  }
}
