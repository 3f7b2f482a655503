import { mkdtempSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { commands } from '../../src/commands/index.ts'
import { type CommandOptions, gatehouse } from '../support/command.ts'

const empty = () => mkdtempSync(join(tmpdir(), 'gatehouse-test-'))
const home = empty()
const run = (args: string[], options?: CommandOptions) => gatehouse({ home, port: 3000 }, args, options)

it('shows every command when it is asked for nothing or for help, and touches nothing', async () => {
  const [bare, help] = await Promise.all([run([]), run(['--help'])])
  expect(bare).toEqual(help)
  expect(help).toMatchObject({ code: 0, err: '' })
  for (const { name, summary } of commands)
    expect(help.out).toMatch(new RegExp(`^  ${name} +${summary}$`, 'm'))
  expect(readdirSync(home)).toEqual([])
})

it('shows the options of one command', async () => {
  const { code, out } = await run(['client', 'create', '--help'])
  expect(code).toBe(0)
  expect(out).toMatch(/^gatehouse client create --id/)
  expect(out).toMatch(/^ {2}--redirect-uri <text> +\(may be repeated\)$/m)
})

it('tells the release that package.json names', async () => {
  const { version } = JSON.parse(readFileSync(join(import.meta.dirname, '../../package.json'), 'utf8'))
  expect(await run(['--version'])).toEqual({ code: 0, out: `${version}\n`, err: '' })
})

it.each([
  [['crate'], 'There is no command "crate"'],
  [['keys'], 'There is no command "keys"'],
  [['secrets', '--forse'], "Unknown option '--forse'\nSee: gatehouse secrets --help"],
  [['account', 'create', '--email'], "Option '--email <value>' argument missing"],
  [['keys', 'rotate', 'force'], "Unexpected argument 'force'"],
  [['keys', 'withdraw'], 'Name one kid: gatehouse keys withdraw <kid>'],
  [['backup', 'one', 'two'], 'Name one file: gatehouse backup <file>'],
  [['restore', ''], 'Name one file: gatehouse restore <file>'],
])('refuses %j with a sentence, before it opens anything', async (args, sentence) => {
  const { code, out, err } = await run(args)
  expect({ code, out }).toEqual({ code: 2, out: '' })
  expect(err).toContain(sentence)
  expect(err).not.toMatch(/^ +at /m)
  expect(readdirSync(home)).toEqual([])
})

it('shows the commands of one group when it is asked for their help, and names them when one is not there', async () => {
  const [help, wrong] = await Promise.all([run(['keys', '--help']), run(['keys', 'retire'])])
  expect(help).toMatchObject({ code: 0, err: '' })
  expect(help.out.split('\n').filter((line) => line !== '')).toHaveLength(3)
  expect(wrong.code).toBe(2)
  expect(wrong.err).toContain(help.out)
})

it.each(['-4kid', '--kid', '-'])('takes %s for the operand that it is', async (kid) => {
  const { code, err } = await gatehouse({ home: empty(), port: 3000 }, ['keys', 'withdraw', kid])
  expect(code).toBe(1)
  expect(err).toContain(`There is no retired key "${kid}"`)
})

it('prints fresh secrets that a production start accepts', async () => {
  const [first, second] = await Promise.all([run(['secrets']), run(['secrets'])])
  expect(first.out).not.toBe(second.out)
  const env = Object.fromEntries(
    first.out
      .trim()
      .split('\n')
      .map((line) => [line.slice(0, line.indexOf('=')), line.slice(line.indexOf('=') + 1)]),
  )
  expect(Object.keys(env)).toEqual(['COOKIE_KEYS', 'SEALING_KEY'])
  const check = await run(['config', 'check'], { env: { ...env, ISSUER: 'https://id.example' } })
  expect(check).toEqual({ code: 0, out: 'The configuration is fine.\n', err: '' })
})

it('makes key files that processes share, once, and names the settings that read them', async () => {
  const shared = empty()
  const make = () => gatehouse({ home: shared, port: 3000 }, ['secrets', '--files'])
  const first = await make()
  const files = ['cookie.key', 'sealing.key'].map((name) => join(shared, 'keys', name))
  expect(first).toEqual({
    code: 0,
    out: `COOKIE_KEYS_FILE=${files[0]}\nSEALING_KEY_FILE=${files[1]}\n`,
    err: '',
  })
  const contents = files.map((file) => readFileSync(file, 'utf8'))
  expect(await make()).toEqual(first)
  expect(files.map((file) => readFileSync(file, 'utf8'))).toEqual(contents)
  const env = Object.fromEntries(
    first.out
      .trim()
      .split('\n')
      .map((line) => line.split('=')),
  )
  const check = await run(['config', 'check'], { env: { ...env, ISSUER: 'https://id.example' } })
  expect(check.code).toBe(0)
})

it('checks the settings and tells every fault at once', async () => {
  const { code, out, err } = await run(['config', 'check'], {
    env: { ISSUER: 'ftp://id.example', LOG_LEVEL: 'loud', TTL_SESION: '5' },
  })
  expect({ code, out }).toEqual({ code: 1, out: '' })
  for (const part of ['ISSUER: wanted', 'LOG_LEVEL: wanted', 'was TTL_SESSION meant?'])
    expect(err).toContain(part)
})

it('prints the settings as they hold and where they come from, never a secret', async () => {
  const secret = 'hairy-goat-on-a-steep-hill-4711-and-more'
  const { code, out } = await run(['config', 'print'], { env: { COOKIE_KEYS: secret, LOG_LEVEL: 'debug' } })
  expect(code).toBe(0)
  expect(out).toContain('COOKIE_KEYS=***  # environment\n')
  expect(out).toContain('LOG_LEVEL=debug  # environment\n')
  expect(out).toContain('TTL_ACCESS_TOKEN=600  # default\n')
  expect(out).not.toContain(secret)
})

it('refuses to work with settings at fault, and says which', async () => {
  const { code, err } = await run(['keys', 'list'], { env: { DATA_DIR: '', PORT: 'many' } })
  expect(code).toBe(1)
  expect(err).toContain('PORT: wanted')
})
