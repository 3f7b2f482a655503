import { execFile } from 'node:child_process'
import { readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { beforeAll, expect, it } from 'vitest'
import { freePort } from '../support/free-port.ts'
import { newHome } from '../support/home.ts'
import { environment } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
const page = readFileSync(join(root, 'docs/roles-and-permissions.md'), 'utf8')
const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
  language,
  text,
}))
const seed = blocks.find(({ language }) => language === 'json')
const pairs = blocks.flatMap(({ language, text }, at) =>
  language === 'bash' ? [[text, blocks[at + 1]?.text ?? ''] as const] : [],
)

const execute = promisify(execFile)
const cli = `"${process.execPath}" --disable-warning=ExperimentalWarning "${join(root, 'src/cli.ts')}"`
const home = newHome()
let env: Record<string, string>
beforeAll(async () => {
  writeFileSync(join(home, 'company.json'), seed?.text ?? '')
  env = { ...environment(home, await freePort()), ARGON2_MEMORY: '128', ARGON2_TIME: '1' }
})

it('docs/roles-and-permissions.md has an answer to each call', () => {
  expect(pairs).toHaveLength(3)
})

it.each(pairs)('docs/roles-and-permissions.md: %s', async (calls, answers) => {
  const script = calls.replaceAll('npm run -s gatehouse --', cli)
  // `can` ends with 1 for no.
  const { stdout } = await execute('bash', ['-uc', script], { cwd: home, env }).catch(
    (error: { stdout: string }) => error,
  )
  expect(stdout).toBe(answers)
})
