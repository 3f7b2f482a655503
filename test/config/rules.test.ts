import { randomBytes } from 'node:crypto'
import { describe, expect, it } from 'vitest'
import { absent } from '../../src/config/absent.ts'
import { names } from '../../src/config/settings.ts'
import { loadConfig } from '../../src/config.ts'
import { atFault, faultsOf, machine } from './on-machine.ts'

const production = { ISSUER: 'https://id.example.com' }

describe('secrets in production', () => {
  it('may be absent: then the key files are used', () => {
    expect(loadConfig(production, machine()).keys).toEqual({ cookieKeys: undefined, sealingKeys: undefined })
  })

  it('are accepted when they are random', () => {
    const config = loadConfig(
      {
        ...production,
        COOKIE_KEYS: `${randomBytes(32).toString('base64url')},${randomBytes(32).toString('hex')}`,
        SEALING_KEY: randomBytes(32).toString('base64'),
      },
      machine(),
    )
    expect(config.keys.cookieKeys).toHaveLength(2)
  })

  it.each([
    ['COOKIE_KEYS', 'please-change-me-to-something-of-your-own'],
    ['COOKIE_KEYS', 'a'.repeat(43)],
    ['COOKIE_KEYS', `${randomBytes(32).toString('base64url')},0123456789abcdef0123456789abcdef`],
    ['SEALING_KEY', Buffer.alloc(32).toString('base64')],
    ['SEALING_KEY', Buffer.from('an example key of thirty-2 bytes').toString('base64')],
  ])('R-25: refuses a sample in %s', (name, value) => {
    const faults = faultsOf({ ...production, [name]: value })
    expect(faults).toEqual([{ name, given: '***', wanted: 'a secret of your own, not a sample' }])
    expect(loadConfig({ [name]: value }, machine()).development).toBe(true)
  })

  it('R-25: refuses a sample password of the first administrator', () => {
    const env = { BOOTSTRAP_ADMIN_EMAIL: 'kim@example.com', BOOTSTRAP_ADMIN_PASSWORD: 'change-me-now-please' }
    expect(atFault({ ...production, ...env })).toEqual(['BOOTSTRAP_ADMIN_PASSWORD'])
  })
})

it.each([
  ['19456', '2', true],
  ['47104', '1', true],
  ['7168', '5', true],
  ['65536', '3', true],
  ['19455', '2', false],
  ['19456', '1', false],
  ['1024', '16', false],
])('N-50: takes password hashes of %s KiB and %s passes in production: %s', (memory, time, accepted) => {
  const env = { ...production, ARGON2_MEMORY: memory, ARGON2_TIME: time }
  if (accepted) expect(loadConfig(env, machine()).argon2.memoryKib).toBe(Number(memory))
  else expect(atFault(env)).toEqual(['ARGON2_MEMORY'])
})

it('lets tests hash cheaply in development', () => {
  expect(loadConfig({ ARGON2_MEMORY: '1024', ARGON2_TIME: '1' }, machine()).argon2.memoryKib).toBe(1024)
})

it('says no more about hashes than that a number is none', () => {
  expect(atFault({ ...production, ARGON2_TIME: 'two' })).toEqual(['ARGON2_TIME'])
})

it.each([
  ['BOOTSTRAP_ADMIN_EMAIL', 'kim@example.com', 'BOOTSTRAP_ADMIN_PASSWORD'],
  ['BOOTSTRAP_ADMIN_PASSWORD', 'a long one of my own', 'BOOTSTRAP_ADMIN_EMAIL'],
  ['MONGODB_URL', 'mongodb://db.example.com', 'REDIS_URL'],
  ['REDIS_URL', 'redis://cache.example.com', 'MONGODB_URL'],
])('refuses %s without its other half', (name, value, missing) => {
  const fault = faultsOf({ [name]: value }).find((each) => each.name === missing)
  expect(fault?.given).toBe('nothing')
  expect(fault?.wanted).toContain('both or neither')
})

it('blames an address that is none, and not its password', () => {
  const env = { BOOTSTRAP_ADMIN_EMAIL: 'kim', BOOTSTRAP_ADMIN_PASSWORD: 'a long one of my own' }
  expect(atFault(env)).toEqual(['BOOTSTRAP_ADMIN_EMAIL'])
})

it('asks for both keys in scale mode, in development as well', () => {
  const urls = { MONGODB_URL: 'mongodb://db.example.com', REDIS_URL: 'redis://cache.example.com' }
  expect(atFault(urls)).toEqual(expect.arrayContaining(['COOKIE_KEYS', 'SEALING_KEY']))
})

const scale = {
  MONGODB_URL: 'mongodb://one.example.com,two.example.com/gatehouse?replicaSet=rs0',
  REDIS_URL: 'redis+cluster://one.example.com:6379,two.example.com:6379',
  COOKIE_KEYS: randomBytes(32).toString('base64'),
  SEALING_KEY: randomBytes(32).toString('base64'),
}

it.each(['2', 'auto'])('refuses WORKERS=%s on the embedded store and says why', (value) => {
  const [fault, ...others] = faultsOf({ WORKERS: value })
  expect(others).toEqual([])
  expect(fault).toMatchObject({ name: 'WORKERS', given: value })
  expect(fault?.wanted).toContain('the embedded store works in one process')
  expect(loadConfig({ ...scale, WORKERS: value }, machine()).workers).toBeGreaterThan(1)
})

it('shares the cores for password hashes among the workers', () => {
  const concurrency = (env: Record<string, string>) =>
    loadConfig({ ...scale, ...env }, { ...machine(), cores: 4 }).argon2.concurrency
  expect(concurrency({})).toBe(4)
  expect(concurrency({ WORKERS: '2' })).toBe(2)
  expect(concurrency({ WORKERS: 'auto' })).toBe(1)
  expect(concurrency({ WORKERS: '2', HASH_CONCURRENCY: '3' })).toBe(3)
})

it.each([
  'redis://cache.example.com',
  'rediss://user:word@cache.example.com:6380/2',
  'redis+sentinel://one:26379,two:26379/mymaster',
  'rediss+cluster://one:6379',
])('takes %s for Redis', (url) => {
  expect(loadConfig({ ...scale, REDIS_URL: url }, machine()).scale?.redisUrl).toBe(url)
})

it.each([
  ['REDIS_URL', 'http://cache.example.com'],
  ['REDIS_URL', 'redis://'],
  ['REDIS_URL', 'cache.example.com:6379'],
  ['MONGODB_URL', 'mongodb:///gatehouse'],
  ['MONGODB_URL', 'redis://db.example.com'],
])('refuses %s=%s', (name, value) => {
  expect(atFault({ ...scale, [name]: value })).toEqual([name])
})

it('refuses one port for both servers', () => {
  expect(atFault({ MANAGEMENT_PORT: '3000' })).toEqual(['MANAGEMENT_PORT'])
  expect(loadConfig({ MANAGEMENT_PORT: '3001' }, machine()).listen.managementPort).toBe(3001)
})

it('wants mail for registration with a proof, and a sender for mail', () => {
  expect(atFault({ REGISTRATION: 'verified' })).toEqual(['SMTP_URL'])
  expect(atFault({ SMTP_URL: 'smtp://mail.example.com' })).toEqual(['MAIL_FROM'])
  const mail = { SMTP_URL: 'smtp://mail.example.com', MAIL_FROM: 'Example <id@example.com>' }
  expect(loadConfig({ ...mail, REGISTRATION: 'verified' }, machine()).mail).toEqual({
    smtpUrl: mail.SMTP_URL,
    from: mail.MAIL_FROM,
  })
})

it('is content with shorter passwords where everybody has a second factor', () => {
  expect(loadConfig({ MFA_POLICY: 'required' }, machine()).passwordMinLength).toBe(8)
  expect(loadConfig({}, machine()).passwordMinLength).toBe(15)
})

describe('features that this release does not have', () => {
  it.each([
    ['PROFILE', 'conformance'],
    ['PROFILE', 'fapi2'],
    ['OTEL_EXPORTER_OTLP_ENDPOINT', 'http://otel.example.com:4318'],
  ])('are refused, never ignored: %s=%s', (name, value) => {
    const fault = faultsOf({ [name]: value }).find((each) => each.name === name)
    expect(fault?.wanted).toContain('is not in this release')
  })

  it('leave the values that ask for nothing missing', () => {
    const harmless = names.flatMap((name) => (absent[name]?.works ?? []).map((value) => ({ [name]: value })))
    for (const env of harmless) expect(loadConfig(env, machine()).development).toBe(true)
    expect(harmless).not.toEqual([])
  })

  it('are named once, even where the value is malformed as well', () => {
    expect(faultsOf({ OTEL_EXPORTER_OTLP_ENDPOINT: 'many' })).toEqual([
      {
        name: 'OTEL_EXPORTER_OTLP_ENDPOINT',
        given: 'many',
        wanted: 'unset (tracing is not in this release)',
      },
    ])
  })
})

describe('the gRPC service', () => {
  const tls = { GRPC_TLS_CERT: 'cert.pem', GRPC_TLS_KEY: 'key.pem' }

  it('is off until it has a port, speaks plain text until it has a certificate, and asks for none of its clients', () => {
    const grpc = (env: Record<string, string>) => loadConfig(env, machine()).grpc
    expect([grpc({}), grpc(tls)]).toEqual([undefined, undefined])
    expect(grpc({ GRPC_PORT: '50051' })).toEqual({ port: 50_051, tls: undefined })
    expect(grpc({ GRPC_PORT: '50051', ...tls })).toEqual({
      port: 50_051,
      tls: { cert: 'cert.pem', key: 'key.pem', clientCa: undefined },
    })
    expect(grpc({ GRPC_PORT: '50051', ...tls, GRPC_TLS_CLIENT_CA: 'ca.pem' })?.tls?.clientCa).toBe('ca.pem')
  })

  it.each([
    ['a certificate without its key', { GRPC_TLS_CERT: 'cert.pem' }, 'GRPC_TLS_KEY'],
    ['a key without its certificate', { GRPC_TLS_KEY: 'key.pem' }, 'GRPC_TLS_CERT'],
    ['client certificates without TLS', { GRPC_TLS_CLIENT_CA: 'ca.pem' }, 'GRPC_TLS_CERT'],
    ['the port of HTTP', { GRPC_PORT: '3000' }, 'GRPC_PORT'],
    ['the management port', { GRPC_PORT: '9464', MANAGEMENT_PORT: '9464' }, 'GRPC_PORT'],
  ])('is refused with %s', (_, env, name) => {
    expect(atFault(env)).toEqual([name])
  })
})
