import { expect, it } from 'vitest'
import { names } from '../../src/config/settings.ts'
import { checkConfig, loadConfig, printConfig } from '../../src/config.ts'
import { machine } from './on-machine.ts'

const key = 'k9Zq0wXbT5yR2mV8cN4jH7gL1pS6dF3a'

it('prints each setting with its value and where it came from', () => {
  const lines = printConfig(loadConfig({ PORT: '8080' }, machine()))
    .trimEnd()
    .split('\n')
  expect(lines.map((line) => line.split('=')[0])).toEqual(names)
  expect(lines).toContain('PORT=8080  # environment')
  expect(lines).toContain('ISSUER=http://localhost:8080  # default')
  expect(lines).toContain('SEED_FILE=  # default')
})

it('masks secrets, wherever they come from', () => {
  const env = {
    COOKIE_KEYS_FILE: '/cookies',
    BOOTSTRAP_ADMIN_EMAIL: 'kim@example.com',
    BOOTSTRAP_ADMIN_PASSWORD: 'canary of the day',
  }
  const printed = printConfig(loadConfig(env, machine({ '/cookies': key })))
  expect(printed).toContain('COOKIE_KEYS=***  # file\n')
  expect(printed).toContain('BOOTSTRAP_ADMIN_PASSWORD=***  # environment\n')
  expect(printed).toContain('SEALING_KEY=  # default\n')
  expect(printed).not.toMatch(/canary|k9Zq/)
})

it('reports a fine configuration with its warnings', () => {
  expect(checkConfig({ PROT: '1' }, machine())).toEqual({
    fine: true,
    text: 'PROT is not a setting and is ignored; was PORT meant?\nThe configuration is fine.\n',
  })
})

it('reports every fault of another', () => {
  const { fine, text } = checkConfig({ PORT: 'x', HASH_QUEUE: 'y' }, machine())
  expect(fine).toBe(false)
  expect(text).toBe(
    'The configuration has 2 faults:\n' +
      '  PORT: wanted whole number, 1 to 65535; given x\n' +
      '  HASH_QUEUE: wanted whole number, 0 to 100000; given y\n',
  )
})
