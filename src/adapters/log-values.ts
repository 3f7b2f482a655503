/** Names whose values never reach the log, as members and as `name=value` or `"name": "value"` in a text. */
const SECRET_NAME =
  /(?:authorization|cookies?|password|password_?hash|secret|token|token_?hint|assertion|verifier|csrf|xsrf|dpop|(?:sealing|cookie|private)_?keys?|(?:^|user_?|device_?|recovery_?)code)$/i

const PAIR = /(?<![\w-])([\w-]+)(=|"\s*:\s*)("[^"]*"?|[^\s&;,"']+)/g
const CREDENTIALS = /\b(bearer|basic|dpop) [\w~+/.=-]{8,}/gi
/** A JOSE object (RFC 7515 §7.1): its header is JSON, so it begins with the base64url of `{"`. */
const JOSE = /(?<![\w-])eyJ[\w-]{8,}\.[\w.-]*/g

/** Control characters but tab and line feed, and what turns or breaks a line in a terminal. */
const UNSAFE = /(?![\t\n])[\p{Cc}\p{Bidi_Control}\u2028\u2029]/gu

const REDACTED = '[redacted]'
const STRING_LIMIT = 1024
const STACK_LIMIT = 4096
const NAME_LIMIT = 64
const MOST_MEMBERS = 50
const DEPTH = 5

/**
 * Cuts, redacts and disarms a text. What JSON escapes is left to JSON.
 *
 * @param limit characters
 */
export const clean = (text: string, limit = STRING_LIMIT): string => {
  const cut = text.length > limit ? `${text.slice(0, limit).toWellFormed()}…` : text
  return cut
    .replace(PAIR, (pair, name: string, sign: string) =>
      SECRET_NAME.test(name) ? `${name}${sign}${REDACTED}` : pair,
    )
    .replace(CREDENTIALS, `$1 ${REDACTED}`)
    .replace(JOSE, REDACTED)
    .replace(UNSAFE, '\ufffd')
}

type Members = Record<string, unknown>

/** A copy of the fields of a log line that may be written: clean, of bounded size and depth, without secrets. */
export const recordable = (fields: object): Members =>
  fields instanceof Error ? { err: described(fields, DEPTH) } : members(fields, DEPTH)

const members = (value: object, depth: number): Members =>
  Object.fromEntries(
    Object.entries(value)
      .slice(0, MOST_MEMBERS)
      .map(([name, member]) => [
        clean(name, NAME_LIMIT),
        isHidden(name, member) ? REDACTED : safe(member, depth),
      ]),
  )

/** Numbers and booleans tell how many or whether, not what. */
const isHidden = (name: string, member: unknown): boolean =>
  (typeof member === 'string' || typeof member === 'object') && member !== null && SECRET_NAME.test(name)

const safe = (value: unknown, depth: number): unknown => {
  if (typeof value === 'string') return clean(value)
  if (typeof value === 'bigint') return String(value)
  if (typeof value !== 'object' || value === null) return value
  if (depth === 0) return '[deep]'
  if (value instanceof Error) return described(value, depth - 1)
  if (value instanceof URL || value instanceof Date) return clean(String(value))
  if (ArrayBuffer.isView(value)) return '[bytes]'
  if (Array.isArray(value)) return value.slice(0, MOST_MEMBERS).map((member) => safe(member, depth - 1))
  return members(value, depth - 1)
}

/** Only these members: others may hold requests, answers or bodies. */
const described = (error: Error, depth: number): Members => ({
  type: clean(error.name, NAME_LIMIT),
  message: clean(error.message),
  ...('code' in error ? { code: safe(error.code, depth) } : {}),
  stack: typeof error.stack === 'string' ? clean(error.stack, STACK_LIMIT) : undefined,
  ...(error.cause === undefined ? {} : { cause: safe(error.cause, depth) }),
  ...(error instanceof AggregateError ? { errors: safe(error.errors, depth) } : {}),
})
