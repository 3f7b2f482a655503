import { spawn } from 'node:child_process'
import { chmodSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it, onTestFinished } from 'vitest'
import { KeyFileFault, readKeyFiles } from '../../src/adapters/key-files.ts'

/** A directory that is not there yet. */
const missingDir = (): string => {
  const parent = mkdtempSync(join(tmpdir(), 'gatehouse-keys-'))
  onTestFinished(() => rmSync(parent, { recursive: true, force: true }))
  return join(parent, 'deep', 'keys')
}

const modeOf = (path: string): number => statSync(path).mode & 0o777

it('makes both keys for their owner alone, and reads the same ones again', () => {
  const dir = missingDir()
  const made = readKeyFiles(dir)
  expect(made.sealingKey).toHaveLength(32)
  expect(made.cookieKey).toMatch(/^[\w-]{43,}$/)
  expect(readKeyFiles(dir)).toEqual(made)
  expect(modeOf(dir)).toBe(0o700)
  expect(readdirSync(dir).sort()).toEqual(['cookie.key', 'sealing.key'])
  for (const file of readdirSync(dir)) expect(modeOf(join(dir, file))).toBe(0o600)
  expect(readFileSync(join(dir, 'sealing.key'), 'utf8')).toBe(`${made.sealingKey.toString('base64')}\n`)
})

it('makes other keys in every directory', () => {
  const [first, second] = [readKeyFiles(missingDir()), readKeyFiles(missingDir())]
  expect(first.sealingKey).not.toEqual(second.sealingKey)
  expect(first.cookieKey).not.toBe(second.cookieKey)
})

it('gives the same keys to processes that start at once', async () => {
  const dir = missingDir()
  const module = new URL('../../src/adapters/key-files.ts', import.meta.url).href
  const script = `
    const { readKeyFiles } = await import(${JSON.stringify(module)})
    process.stdout.write('ready')
    process.stdin.once('data', () => {
      console.log(JSON.stringify(readKeyFiles(${JSON.stringify(dir)})))
      process.exit()
    })`
  const starts = Array.from({ length: 4 }, () =>
    spawn(process.execPath, ['--input-type=module', '-e', script], { stdio: ['pipe', 'pipe', 'inherit'] }),
  )
  onTestFinished(() => {
    for (const child of starts) child.kill()
  })
  await Promise.all(starts.map((child) => new Promise((ready) => child.stdout.once('data', ready))))
  const answers = starts.map((child) => text(child.stdout))
  for (const child of starts) child.stdin.write('go')
  const seen = new Set(await Promise.all(answers))
  expect([...seen]).toEqual([`${JSON.stringify(readKeyFiles(dir))}\n`])
})

it.each([
  ['sealing.key', ''],
  ['sealing.key', 'c2hvcnQ='],
  ['sealing.key', `${'A'.repeat(43)}=\n${'A'.repeat(43)}=`],
  ['sealing.key', Buffer.alloc(33).toString('base64')],
  ['cookie.key', ''],
  ['cookie.key', 'too-short'],
  ['cookie.key', `${'a'.repeat(43)} ${'b'.repeat(43)}`],
])('refuses a malformed %s (%j), names it, and leaves it as it is', (file, content) => {
  const dir = missingDir()
  readKeyFiles(dir)
  const path = join(dir, file)
  writeFileSync(path, content)
  expect(() => readKeyFiles(dir)).toThrow(KeyFileFault)
  expect(() => readKeyFiles(dir)).toThrow(`the key file ${path} does not hold`)
  expect(readFileSync(path, 'utf8')).toBe(content)
})

it.skipIf(process.platform === 'win32').each([0o640, 0o604, 0o620, 0o666])(
  'refuses a key file of mode %o and says how to repair it',
  (mode) => {
    const dir = missingDir()
    readKeyFiles(dir)
    const path = join(dir, 'sealing.key')
    chmodSync(path, mode)
    expect(() => readKeyFiles(dir)).toThrow(KeyFileFault)
    expect(() => readKeyFiles(dir)).toThrow(`run: chmod 600 ${path}`)
    chmodSync(path, 0o600)
    expect(readKeyFiles(dir).sealingKey).toHaveLength(32)
  },
)

it('never tells the content of a file that it refuses', () => {
  const dir = missingDir()
  readKeyFiles(dir)
  writeFileSync(join(dir, 'cookie.key'), 'planted-canary')
  expect(() => readKeyFiles(dir)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining('planted-canary') }),
  )
})

it('says in one sentence that the folder cannot be used', () => {
  const dir = missingDir()
  readKeyFiles(dir)
  expect(() => readKeyFiles(join(dir, 'cookie.key'))).toThrow(KeyFileFault)
})
