import type { Configuration } from 'oidc-provider'
import type { Clock } from '../domain/ports.ts'

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

/** The engine's `ttl` setting. A grant outlives every token that rests on it: its end would end them. */
export const lifetimes = (ttl: Lifetimes, clock: Clock): NonNullable<Configuration['ttl']> => {
  const now = (): number => Math.floor(clock() / 1000)
  return {
    AccessToken: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? ttl.accessToken,
    AuthorizationCode: ttl.authorizationCode,
    ClientCredentials: (_ctx, token) => token.resourceServer?.accessTokenTTL ?? ttl.clientCredentials,
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
