import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { callsOf, OpenApiDocument } from '../support/openapi.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const page = readFileSync(join(import.meta.dirname, '../../docs/admin-api.md'), 'utf8')
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

it('docs/admin-api.md has an answer to each call', () => {
  expect([seed?.language, token?.language]).toEqual(['json', 'bash'])
  expect(pairs.length).toBeGreaterThan(6)
  for (const [, answer] of pairs) expect(() => JSON.parse(answer)).not.toThrow()
})

// In their order: each goes on where the one before it has ended.
it.each(pairs)('docs/admin-api.md: %s', async (call, answer) => {
  const script = `${token?.text}\n${call}`
  const { stdout } = await execute('bash', [
    '-euc',
    script.replaceAll('http://localhost:3000', server.issuer),
  ])
  expect(JSON.parse(stdout)).toEqual(JSON.parse(answer))
})

it('docs/admin-api.md names every call, with its scope', async () => {
  const answer = await fetch(`${server.issuer}/admin/openapi.json`)
  const rows = page.split('\n').filter((line) => line.startsWith('| `'))
  const missing = callsOf(OpenApiDocument.parse(await answer.json())).filter(
    ({ method, path, operation }) => {
      const scope = operation.security[0]?.bearer?.[0] ?? ''
      const [thing, kind] = scope.split(':')
      return !rows.some(
        (row) =>
          (row.includes(` ${path}\``) || row.includes(`\`${method} ${path}\``)) &&
          row.includes(method) &&
          row.includes(`\`${thing}:`) &&
          (row.includes(`\`${scope}\``) || row.includes(`\`:${kind}\``)),
      )
    },
  )
  expect(missing.map(({ method, path }) => `${method} ${path}`)).toEqual([])
})
