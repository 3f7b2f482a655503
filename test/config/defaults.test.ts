import { expect, it } from 'vitest'
import { loadConfig } from '../../src/config.ts'
import type { Lifetimes } from '../../src/oidc/lifetimes.ts'
import { machine } from './on-machine.ts'

it('starts with nothing set: development on loopback, embedded, keys in files', () => {
  const config = loadConfig({}, machine())
  expect(config).toMatchObject({
    issuer: 'http://localhost:3000',
    listen: { host: '127.0.0.1', port: 3000, managementPort: undefined },
    development: true,
    dataDir: './data',
    keysDir: './keys',
    keys: { cookieKeys: undefined, sealingKeys: undefined },
    trustProxy: false,
    registration: 'open',
    passwordMinLength: 15,
    defaultResource: 'http://localhost:3000/api',
    outboundAllow: [],
    bootstrapAdmin: undefined,
    brand: { accent: '#0c6a5b', logo: undefined },
    drain: { delay: 0, timeout: 10 },
    warnings: [],
  })
})

it('has the lifetimes of the design, in seconds', () => {
  const ttl: Lifetimes = loadConfig({}, machine()).ttl
  expect(ttl).toEqual({
    accessToken: 600,
    idToken: 600,
    authorizationCode: 60,
    clientCredentials: 600,
    interaction: 3600,
    session: 14 * 86_400,
    sessionAbsolute: 90 * 86_400,
    refreshToken: 30 * 86_400,
    refreshTokenAbsolute: 90 * 86_400,
  })
})

it('N-50: hashes passwords as OWASP asks, as many at once as there are cores', () => {
  const { argon2 } = loadConfig({}, machine())
  expect(argon2).toEqual({ memoryKib: 19_456, timeCost: 2, parallelism: 1, concurrency: 2, queue: 175 })
})

it('listens on every address of the machine when the issuer is not loopback', () => {
  const config = loadConfig({ ISSUER: 'https://id.example.com' }, machine())
  expect(config.listen.host).toBe('0.0.0.0')
  expect(config.defaultResource).toBe('https://id.example.com/api')
  expect(config.development).toBe(false)
})

it('lets the port follow into the issuer', () => {
  expect(loadConfig({ PORT: '8080' }, machine()).issuer).toBe('http://localhost:8080')
})

it('follows the production rules on a loopback issuer when NODE_ENV says so', () => {
  expect(loadConfig({ NODE_ENV: 'production' }, machine()).development).toBe(false)
})

it('takes an empty value as none', () => {
  expect(loadConfig({ PORT: '', COOKIE_KEYS: '', ISSUER: '' }, machine())).toEqual(loadConfig({}, machine()))
})

it('is frozen through and through', () => {
  const config = loadConfig({ OUTBOUND_ALLOW: '10.0.0.1' }, machine())
  expect(() => Object.assign(config, { issuer: 'https://evil.example' })).toThrow(TypeError)
  expect(() => Object.assign(config.ttl, { accessToken: 1 })).toThrow(TypeError)
  expect(() => config.outboundAllow.push('0.0.0.0/0')).toThrow(TypeError)
})
