/**
 * Every expected refusal of the server, with the status that answers it. The words for people live in
 * `views/locales`, under `error.<code>`; the private cause goes to the log and nowhere else.
 */
export const catalogue = {
  bad_request: 400,
  start_again: 400,
  csrf: 403,
  not_found: 404,
  method_not_allowed: 405,
  request_timeout: 408,
  too_large: 413,
  unsupported_media_type: 415,
  headers_too_large: 431,
  registration_closed: 403,
  too_many_attempts: 429,
  busy: 503,
  store_unavailable: 503,
  stopping: 503,
  internal: 500,
} as const

/** The stable name of a refusal, shown to people as `data-error` and to programs as `code`. */
export type ErrorCode = keyof typeof catalogue

/** A refusal that travels as an exception: public code and status, private cause. */
export class Refusal extends Error {
  readonly code: ErrorCode
  readonly status: number
  /** Seconds after which the caller may try again (RFC 9110 §10.2.3). */
  readonly retryAfter: number | undefined
  /** Koa shows `message` to the caller only when this is true; the code is harmless. */
  readonly expose = true

  constructor(code: ErrorCode, options: { cause?: unknown; retryAfter?: number } = {}) {
    super(code, { cause: options.cause })
    this.name = 'Refusal'
    this.code = code
    this.status = catalogue[code]
    this.retryAfter = options.retryAfter
  }
}

/**
 * Makes a refusal to throw.
 *
 * @param code an entry of the catalogue
 * @param options.cause what happened inside; logged, never shown
 * @param options.retryAfter seconds for the `Retry-After` header
 */
export const refuse = (code: ErrorCode, options: { cause?: unknown; retryAfter?: number } = {}): Refusal =>
  new Refusal(code, options)
