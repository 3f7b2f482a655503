import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, describe, expect, it } from 'vitest'
import { ConfigFault, loadConfig, readEnvironment } from '../../src/config.ts'
import { faultsOf, machine } from './on-machine.ts'

const key = 'k9Zq0wXbT5yR2mV8cN4jH7gL1pS6dF3a'

describe('secrets from files', () => {
  it('reads the file that NAME_FILE names, without its last line break', () => {
    const files = { '/run/secrets/cookies': `${key}\n` }
    const config = loadConfig({ COOKIE_KEYS_FILE: '/run/secrets/cookies', COOKIE_KEYS: '' }, machine(files))
    expect(config.keys.cookieKeys).toEqual([key])
  })

  it('refuses NAME and NAME_FILE together', () => {
    const faults = faultsOf({ COOKIE_KEYS: key, COOKIE_KEYS_FILE: '/run/secrets/cookies' })
    expect(faults).toEqual([
      {
        name: 'COOKIE_KEYS',
        given: 'COOKIE_KEYS and COOKIE_KEYS_FILE',
        wanted: 'one of COOKIE_KEYS and COOKIE_KEYS_FILE',
      },
    ])
  })

  it('names the path of a file that cannot be read', () => {
    expect(faultsOf({ SEALING_KEY_FILE: '/nowhere' })).toEqual([
      { name: 'SEALING_KEY_FILE', given: '/nowhere (ENOENT)', wanted: 'the path of a readable file' },
    ])
  })

  it('refuses an empty file: nobody meant to have no secret', () => {
    const faults = faultsOf({ COOKIE_KEYS_FILE: '/empty' }, { '/empty': '\n' })
    expect(faults).toEqual([
      { name: 'COOKIE_KEYS_FILE', given: '/empty', wanted: 'a file that is not empty' },
    ])
  })

  it('checks what is in the file and does not show it', () => {
    expect(faultsOf({ COOKIE_KEYS_FILE: '/short' }, { '/short': 'canary' })).toEqual([
      { name: 'COOKIE_KEYS', given: '***', wanted: 'comma-separated keys of at least 32 characters each' },
    ])
  })

  it('lists an unreadable file beside all other faults', () => {
    const faults = faultsOf({ COOKIE_KEYS_FILE: '/nowhere', PORT: 'x', PROFILE: 'fapi2' })
    expect(faults.map(({ name }) => name)).toEqual(['COOKIE_KEYS_FILE', 'PORT', 'PROFILE'])
  })
})

describe('.env', () => {
  const folder = mkdtempSync(join(tmpdir(), 'gatehouse-env-'))
  afterAll(() => rmSync(folder, { recursive: true }))

  it('adds to the environment, which wins', () => {
    writeFileSync(join(folder, '.env'), 'PORT=4000\nLOG_LEVEL="debug" # loud\n')
    expect(readEnvironment(folder, { PORT: '5000' })).toEqual({ PORT: '5000', LOG_LEVEL: 'debug' })
  })

  it('does not have to be there', () => {
    expect(readEnvironment(join(folder, 'elsewhere'), { PORT: '5000' })).toEqual({ PORT: '5000' })
  })

  it('is a fault that names it when it cannot be read', () => {
    const broken = join(folder, 'broken')
    mkdirSync(join(broken, '.env'), { recursive: true })
    expect(() => readEnvironment(broken, {})).toThrow(ConfigFault)
    expect(() => readEnvironment(broken, {})).toThrow(join(broken, '.env'))
  })
})

describe('misspelt names', () => {
  const warningsOf = (...misspelt: string[]) =>
    loadConfig(Object.fromEntries(misspelt.map((name) => [name, 'x'])), machine()).warnings

  it.each([
    ['COOKIE_KEY', 'COOKIE_KEYS'],
    ['COOKIE_KEY_FILE', 'COOKIE_KEYS_FILE'],
    ['PROT', 'PORT'],
    ['ISUER', 'ISSUER'],
    ['issuer', 'ISSUER'],
    ['TTL_ACCES_TOKEN', 'TTL_ACCESS_TOKEN'],
    ['MONGODB_URI', 'MONGODB_URL'],
  ])('get a warning, never a fault: %s', (name, meant) => {
    expect(warningsOf(name)).toEqual([`${name} is not a setting and is ignored; was ${meant} meant?`])
  })

  it('get a warning where only secrets come from files', () => {
    expect(warningsOf('PORT_FILE')).toEqual([expect.stringContaining('PORT is no secret')])
  })

  it('are not seen in the names of other programs', () => {
    const names =
      'HOME USER PATH SHELL LANG TERM PWD MAIL LOGNAME HOSTNAME TZ _ CI NODE_OPTIONS REDIS_PORT REDIS_HOST'
    expect(warningsOf(...names.split(' '), 'HTTP_PROXY', 'KUBERNETES_PORT', 'OTEL_SERVICE_NAME')).toEqual([])
  })

  it('stand beside the faults, of which they may be the reason', () => {
    const env = { BOOTSTRAP_ADMIN_EMAIL: 'kim@example.com', BOOTSTRAP_ADMIN_PASWORD: 'x' }
    expect(() => loadConfig(env, machine())).toThrow('was BOOTSTRAP_ADMIN_PASSWORD meant?')
  })
})
