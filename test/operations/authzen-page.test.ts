import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type RunningServer, startServer } from '../support/server.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/authzen.md'), 'utf8')
const blocks = [...page.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].map(([, language = '', text = '']) => ({
  language,
  text,
}))
const [seed, token, ...examples] = blocks
const pairs = examples.flatMap((block, at) =>
  block.language === 'bash' ? [[block.text, examples[at + 1]?.text ?? ''] as const] : [],
)

const execute = promisify(execFile)
let server: RunningServer
beforeAll(async () => {
  server = await startServer({ seed: JSON.parse(seed?.text ?? '') })
})
afterAll(() => server?.stop())

it('docs/authzen.md has an answer to each call', () => {
  expect([seed?.language, token?.language]).toEqual(['json', 'bash'])
  expect(pairs).toHaveLength(6)
})

it.each(pairs)('docs/authzen.md: %s', async (call, answer) => {
  const script = `${token?.text}\n${call}`
  const { stdout } = await execute('bash', [
    '-euc',
    script.replaceAll('http://localhost:3000', server.issuer),
  ])
  expect(JSON.parse(stdout)).toEqual(JSON.parse(answer))
})
