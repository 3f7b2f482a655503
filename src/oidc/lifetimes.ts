import type { Configuration } from 'oidc-provider'
import { firstEnd } from '../domain/access/scope-ends.ts'
import type { Clock } from '../domain/ports.ts'
import { requestState } from './request-state.ts'

/** Lifetimes in seconds. */
export interface Lifetimes {
  accessToken: number
  idToken: number
  authorizationCode: number
  clientCredentials: number
  interaction: number
  /** Idle, and since the sign-in. */
  session: number
  sessionAbsolute: number
  /** Idle, and since the first one of the family. */
  refreshToken: number
  refreshTokenAbsolute: number
}

const left = (idle: number, absolute: number, since: number | undefined, now: number): number =>
  Math.max(1, since === undefined ? idle : Math.min(idle, since + absolute - now))

interface ScopedToken {
  aud?: string | string[] | undefined
  scopes: ReadonlySet<string>
}

/** Milliseconds at which the first of its scopes ends, as `resources.ts` has noted. */
const endOf = ({ aud, scopes }: ScopedToken): number | undefined => {
  const ends = typeof aud === 'string' ? requestState()?.scopeEnds.get(aud) : undefined
  return ends && firstEnd(ends, scopes)
}

/** The engine's `ttl` setting. An access token outlives no assignment that it rests on. A grant outlives every token that rests on it: its end would end them. */
export const lifetimes = (ttl: Lifetimes, clock: Clock): NonNullable<Configuration['ttl']> => {
  const now = (): number => Math.floor(clock() / 1000)
  const whole = (token: ScopedToken, longest: number): number => {
    const end = endOf(token)
    // What ends within this second is in no token.
    return end === undefined ? longest : Math.max(1, Math.min(longest, Math.floor(end / 1000) - now()))
  }
  return {
    AccessToken: (_ctx, token) => whole(token, token.resourceServer?.accessTokenTTL ?? ttl.accessToken),
    AuthorizationCode: ttl.authorizationCode,
    ClientCredentials: (_ctx, token) =>
      whole(token, token.resourceServer?.accessTokenTTL ?? ttl.clientCredentials),
    Grant: ttl.sessionAbsolute + ttl.refreshTokenAbsolute,
    IdToken: ttl.idToken,
    Interaction: ttl.interaction,
    RefreshToken: (_ctx, token) => left(ttl.refreshToken, ttl.refreshTokenAbsolute, token.iiat, now()),
    // Before a sign-in it only remembers the question; anybody can have one made.
    Session: (_ctx, session) =>
      session.accountId === undefined
        ? ttl.interaction
        : left(ttl.session, ttl.sessionAbsolute, session.loginTs, now()),
  }
}
