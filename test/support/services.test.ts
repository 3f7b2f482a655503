import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { dirname, join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it } from 'vitest'
import { services } from './services/index.ts'

const root = join(import.meta.dirname, '../..')

/** Runs the tests of the services on a machine that has no programs but Node. */
const runBare = async (env: Record<string, string>): Promise<{ code: number | null; output: string }> => {
  const vitest = join(root, 'node_modules/vitest/vitest.mjs')
  const child = spawn(process.execPath, [vitest, 'run', 'test/support/services/index.test.ts'], {
    cwd: root,
    env: { PATH: dirname(process.execPath), NO_COLOR: '1', ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  })
  const [out, err] = await Promise.all([text(child.stdout), text(child.stderr), once(child, 'close')])
  return { code: child.exitCode, output: out + err }
}

it('skips what needs absent services and prints the reason once', async () => {
  const { code, output } = await runBare({})
  expect(
    output.match(/Skipped what needs Redis and MongoDB: there is no redis-server on PATH/g),
  ).toHaveLength(1)
  expect(output).toContain('1 passed, 0 failed, 2 skipped')
  expect(code).toBe(0)
})

it('fails for absent services where they are required', async () => {
  const { code, output } = await runBare({ REQUIRE_SERVICES: '1' })
  expect(output).toContain('there is no redis-server on PATH')
  expect(code).toBe(1)
})

it.skipIf(!services())('uses the servers that it is given, and leaves them running', async () => {
  const { redis = '', mongo = '' } = services() ?? {}
  const given = { TEST_REDIS_URL: redis, TEST_MONGODB_URL: mongo, REQUIRE_SERVICES: '1' }
  for (const _ of ['first', 'again']) {
    const { code, output } = await runBare(given)
    expect(output).toContain('3 passed, 0 failed, 0 skipped')
    expect(code).toBe(0)
  }
})
