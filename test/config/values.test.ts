import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import { atFault, faultsOf, machine, refusal } from './on-machine.ts'

const key = () => randomBytes(32).toString('base64url')
const sealingKey = () => randomBytes(32).toString('base64')

describe('ISSUER', () => {
  it.each([
    ['https://id.example.com', false],
    ['https://id.example.com:8443', false],
    ['http://localhost:3000', true],
    ['http://id.localhost', true],
    ['http://127.0.0.2:1', true],
    ['http://[::1]:3000', true],
    ['https://localhost', true],
  ])('accepts %s', (ISSUER, development) => {
    expect(loadConfig({ ISSUER }, machine())).toMatchObject({ issuer: ISSUER, development })
  })

  it.each([
    ['id.example.com', 'an absolute address'],
    ['ftp://id.example.com', 'an absolute address'],
    ['http://id.example.com', 'https'],
    ['http://localhost.example.com', 'https'],
    ['http://127.0.0.1.example.com', 'https'],
    ['http://0.0.0.0:3000', 'https'],
    ['http://10.0.0.1', 'https'],
    ['https://kim@id.example.com', 'without user name'],
    ['https://id.example.com?a=1', 'without user name, query'],
    ['https://id.example.com#a', 'without user name, query and fragment'],
    ['https://id.example.com/auth', 'without a path'],
    ['https://id.example.com/', 'written as https://id.example.com'],
    ['https://ID.example.com', 'written as https://id.example.com'],
    ['https://id.example.com:443', 'written as https://id.example.com'],
    ['https://id.example.com?', 'written as https://id.example.com'],
    [' https://id.example.com', 'written as https://id.example.com'],
  ])('R-25: refuses %s', (ISSUER, wanted) => {
    expect(faultsOf({ ISSUER })).toEqual([
      { name: 'ISSUER', given: expect.any(String), wanted: expect.stringContaining(wanted) },
    ])
  })
})

it.each([
  ['false', false],
  ['true', true],
  ['1', 1],
  ['2', 2],
])('N-13: believes proxies by TRUST_PROXY=%s', (TRUST_PROXY, trustProxy) => {
  expect(loadConfig({ TRUST_PROXY }, machine()).trustProxy).toBe(trustProxy)
})

it('reads lists with or without blanks', () => {
  const [first, second] = [key(), key()]
  const sealing = [sealingKey(), sealingKey()]
  const config = loadConfig(
    {
      OUTBOUND_ALLOW: '10.0.0.0/8, fd00::/8,127.0.0.1',
      COOKIE_KEYS: `${first},${second}`,
      SEALING_KEY: sealing.join(', '),
    },
    machine(),
  )
  expect(config.outboundAllow).toEqual(['10.0.0.0/8', 'fd00::/8', '127.0.0.1'])
  expect(config.keys.cookieKeys).toEqual([first, second])
  expect(config.keys.sealingKeys?.map((bytes) => bytes.toString('base64'))).toEqual(sealing)
})

it.each([
  ['PORT', '0'],
  ['PORT', '65536'],
  ['PORT', '3000 '],
  ['PORT', '1e3'],
  ['PORT', '+80'],
  ['PORT', '080'],
  ['PORT', 'http'],
  ['HOST', 'a b'],
  ['TRUST_PROXY', '0'],
  ['TRUST_PROXY', 'yes'],
  ['TRUST_PROXY', '10.0.0.1'],
  ['TTL_AUTHORIZATION_CODE', '61'],
  ['TTL_AUTHORIZATION_CODE', '0'],
  ['TTL_SESSION', '-1'],
  ['REFRESH_GRACE', '301'],
  ['DRAIN_TIMEOUT', '26'],
  ['PASSWORD_MIN_LENGTH', '7'],
  ['PASSWORD_MIN_LENGTH', '65'],
  ['HASH_CONCURRENCY', '0'],
  ['LIMIT_SIGN_IN_PREFIX', '0'],
  ['LOG_LEVEL', 'verbose'],
  ['REGISTRATION', 'Open'],
  ['COOKIE_KEYS', 'short'],
  ['COOKIE_KEYS', `${key()},`],
  ['COOKIE_KEYS', `${key()},short`],
  ['SEALING_KEY', randomBytes(16).toString('base64')],
  ['SEALING_KEY', randomBytes(32).toString('hex')],
  ['SEALING_KEY', `${sealingKey()},`],
  ['OUTBOUND_ALLOW', 'localhost'],
  ['OUTBOUND_ALLOW', '10.0.0.0/33'],
  ['OUTBOUND_ALLOW', '10.0.0.0/8/8'],
  ['OUTBOUND_ALLOW', '10.0.0.0/'],
  ['OUTBOUND_ALLOW', '10.0.0.1,'],
  ['ACCENT', 'red;} body{display:none'],
  ['ACCENT', 'url(https://evil.example)'],
  ['ACCENT', '#12345'],
  ['LOGO', '/etc/passwd'],
  ['DATA_DIR', 'data\nevil'],
  ['DEFAULT_RESOURCE', '/api'],
  ['DEFAULT_RESOURCE', 'https://api.example.com/#a'],
])('refuses %s=%s', (name, value) => {
  expect(atFault({ [name]: value })).toEqual([name])
})

it('takes a password as it is, commas and blanks included', () => {
  const password = ' one, two; three — four '
  const env = { BOOTSTRAP_ADMIN_EMAIL: 'kim@example.com', BOOTSTRAP_ADMIN_PASSWORD: password }
  expect(loadConfig({ ...env, ISSUER: 'https://id.example.com' }, machine()).bootstrapAdmin).toEqual({
    email: 'kim@example.com',
    password,
  })
})

it('names every fault at once, with what was given and what is wanted', () => {
  const { faults, message } = refusal({ ISSUER: 'http://id.example.com', PORT: '70000', LOG_LEVEL: 'loud' })
  expect(faults).toEqual([
    { name: 'ISSUER', given: 'http://id.example.com', wanted: 'https; http is for loopback addresses only' },
    { name: 'PORT', given: '70000', wanted: 'whole number, 1 to 65535' },
    { name: 'LOG_LEVEL', given: 'loud', wanted: 'one of fatal, error, warn, info, debug, trace, silent' },
  ])
  for (const { name, given, wanted } of faults)
    expect(message).toContain(`${name}: wanted ${wanted}; given ${given}`)
})

it('blames the port alone when the default issuer cannot be made from it', () => {
  expect(atFault({ PORT: '70000' })).toEqual(['PORT'])
})

it('X-40: shows no secret, no password of an address, no control character and no endless value', () => {
  const { message } = refusal({
    COOKIE_KEYS: 'canary-one',
    SEALING_KEY: 'canary-two',
    MONGODB_URL: 'mongodb://root:canary-three@db.example.com',
    ISSUER: 'https://root:canary-four@id.example.com',
    OTEL_EXPORTER_OTLP_ENDPOINT: 'http://a:canary-five@otel.example.com',
    HOST: `\u001b[31m${'x'.repeat(500)}`,
  })
  expect(message).not.toContain('canary')
  expect(message).not.toContain('\u001b')
  expect(Math.max(...message.split('\n').map(({ length }) => length))).toBeLessThan(200)
})
