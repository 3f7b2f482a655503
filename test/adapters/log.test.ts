import { expect, it } from 'vitest'
import { openLog } from '../../src/adapters/log.ts'
import type { Log } from '../../src/domain/observe.ts'
import { refuse } from '../../src/errors.ts'

/** What `work` makes a log of this level write. */
const written = (
  work: (log: Log) => void,
  level: Parameters<typeof openLog>[0]['level'] = 'info',
): string => {
  let output = ''
  const opened = openLog({
    level,
    destination: {
      write(line) {
        output += line
      },
    },
  })
  work(opened.log)
  opened.flush()
  return output
}

const line = (fields: object, message = 'something happened') =>
  JSON.parse(written((log) => log.info(fields, message)))

/** JSON shows an escape; a terminal would obey the character itself. */
const strings = (value: unknown): string[] => {
  if (typeof value === 'string') return [value]
  return typeof value === 'object' && value !== null ? Object.entries(value).flat().flatMap(strings) : []
}

const CANARY = 'planted-canary-7f3a'

it('writes a line of JSON with level, time and message', () => {
  expect(line({ sub: 'kim', attempts: 3, ok: true })).toMatchObject({
    level: 'info',
    time: expect.stringMatching(/^\d{4}-\d\d-\d\dT.*Z$/),
    msg: 'something happened',
    sub: 'kim',
    attempts: 3,
    ok: true,
  })
})

it('writes only what its level allows', () => {
  const all = (log: Log) => {
    for (const level of ['debug', 'info', 'warn', 'error'] as const) log[level]({}, level)
  }
  const messages = (level: Parameters<typeof written>[1]) =>
    [...written(all, level).matchAll(/"msg":"(\w+)"/g)].map(([, message]) => message)
  expect(messages('trace')).toEqual(['debug', 'info', 'warn', 'error'])
  expect(messages('warn')).toEqual(['warn', 'error'])
  expect(messages('fatal')).toEqual([])
  expect(messages('silent')).toEqual([])
})

it.each([
  'authorization',
  'Authorization',
  'proxy-authorization',
  'cookie',
  'set-cookie',
  'password',
  'newPassword',
  'password_hash',
  'client_secret',
  'clientSecret',
  'client_assertion',
  'code',
  'code_verifier',
  'user_code',
  'token',
  'accessToken',
  'refresh_token',
  'id_token',
  'id_token_hint',
  'csrf',
  'xsrf',
  'DPoP',
  'sealingKey',
])('X-40 never writes the value of %s, however deep', (name) => {
  const secret = { [name]: CANARY }
  const output = written((log) =>
    log.info({ ...secret, one: secret, list: [{ two: secret }], many: { [name]: [CANARY] } }, 'request'),
  )
  expect(output).not.toContain(CANARY)
  expect(output.match(/\[redacted\]/g)).toHaveLength(4)
})

it.each([
  ['a query', `GET /cb?code=${CANARY}&state=x`],
  ['a form', `grant_type=refresh_token&refresh_token=${CANARY}`],
  ['JSON', `unexpected end of {"password": "${CANARY} and more ${CANARY}", "a": 1`],
  ['a header', `sent Bearer ${CANARY} upstream`],
  ['a DPoP header', `DPoP ${CANARY}`],
  ['a JWT', `eyJhbGciOiJFUzI1NiJ9.${CANARY}.${CANARY}`],
  ['a reset link', `https://id.example/recover?token=${CANARY}`],
])('X-40 never writes a secret inside %s', (_where, text) => {
  const error = new Error(text, { cause: new AggregateError([new Error(text)], text) })
  expect(written((log) => log.error({ err: error, text, deep: { text } }, text))).not.toContain(CANARY)
})

it('writes numbers and codes that are no secrets', () => {
  expect(line({ statusCode: 400, errorCode: 'csrf', tokens: 2, codes: ['a'] })).toMatchObject({
    statusCode: 400,
    errorCode: 'csrf',
    tokens: 2,
    codes: ['a'],
  })
})

it('describes an error with its type, code, stack and causes, and nothing else that it carries', () => {
  const cause = Object.assign(new Error('disk full'), { code: 'ENOSPC', body: CANARY })
  const { err } = line({ err: refuse('store_unavailable', { cause }) })
  expect(err).toMatchObject({ type: 'Refusal', message: 'store_unavailable', code: 'store_unavailable' })
  expect(err.stack).toContain('log.test.ts')
  expect(err.cause).toMatchObject({ type: 'Error', message: 'disk full', code: 'ENOSPC' })
  expect(JSON.stringify(err)).not.toContain(CANARY)
  expect(line(cause).err.message).toBe('disk full')
})

it('X-40 keeps line breaks and terminal escapes of a request on one harmless line', () => {
  const hostile = 'a\r\n{"level":"error"}\x1b[2J\x07\x9b31m\x7f\u2028\u202e\0 end'
  const output = written((log) => log.info({ agent: hostile, [hostile]: { hostile } }, hostile))
  expect(output.endsWith('\n')).toBe(true)
  expect(output.slice(0, -1)).not.toMatch(/[\n\r]/)
  for (const text of strings(JSON.parse(output))) {
    expect(text).not.toMatch(/(?!\n)[\p{Cc}\p{Bidi_Control}\u2028\u2029]/u)
  }
})

it('X-40 cuts what is long, wide or deep', () => {
  const long = 'x'.repeat(1_000_000)
  const cyclic: Record<string, unknown> = { long }
  cyclic.self = cyclic
  const fields = {
    long,
    emoji: '\u{1f600}'.repeat(5000),
    error: new Error(long, { cause: new Error(long) }),
    list: Array.from({ length: 10_000 }, () => 'y'),
    wide: Object.fromEntries(Array.from({ length: 10_000 }, (_, n) => [`${n}`, n])),
    bytes: Buffer.alloc(10_000),
    cyclic,
    big: 2n ** 64n,
  }
  const output = written((log) => log.info(fields, long))
  expect(output.length).toBeLessThan(30_000)
  const parsed = JSON.parse(output)
  expect(parsed.long).toBe(`${'x'.repeat(1024)}…`)
  expect(parsed.emoji.isWellFormed()).toBe(true)
  expect(parsed.bytes).toBe('[bytes]')
  expect(parsed.big).toBe('18446744073709551616')
})
