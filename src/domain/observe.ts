import type { LetterKind, MailOutcome } from './mail.ts'

/**
 * What the server counts about itself. The adapter publishes it for Prometheus, or drops it when nobody asks;
 * labels are from closed sets, never from a request.
 */
export interface Metrics {
  /** A finished HTTP request; `route` is a route's pattern, never a raw path. */
  request(route: string, method: string, status: number, seconds: number): void
  /** A finished gRPC call; `method` is the full name of one that there is, `code` the name of its status. */
  grpcCall(method: string, code: string, seconds: number): void
  tokenIssued(grantType: string): void
  signIn(outcome: 'ok' | 'wrong' | 'limited' | 'busy'): void
  /** `grace`: the same successor was handed out again; `theft`: a family was revoked for reuse. */
  refreshReplay(kind: 'grace' | 'theft'): void
  /** A new password was looked up among stolen ones; `unavailable` let it pass. */
  breachedPasswordCheck(outcome: 'clean' | 'breached' | 'unavailable'): void
  /** Present length of the password hash queue. */
  hashQueue(length: number): void
  mail(kind: LetterKind, outcome: MailOutcome): void
  /** One store operation, in seconds. */
  store(operation: string, seconds: number): void
}

/** The part of a structured logger that the code may use; the first argument is redacted and bounded. */
export interface Log {
  debug(fields: object, message: string): void
  info(fields: object, message: string): void
  warn(fields: object, message: string): void
  error(fields: object, message: string): void
}
