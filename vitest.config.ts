import { defineConfig } from 'vitest/config'
import { whatIsMissing } from './test/support/services.ts'

const LONG = process.env.LONG === '1'

const files = {
  pool: 'forks',
  testTimeout: LONG ? 900_000 : 30_000,
  hookTimeout: 60_000,
  // What is promised within a time says so; everything else has room on a busy machine.
  expect: { poll: { timeout: 10_000 } },
} as const

// The same flows again, by three processes on MongoDB and Redis that take turns.
const scale = {
  test: { ...files, name: 'scale', include: ['test/flows/**/*.test.ts'], env: { TEST_MODE: 'scale' } },
}

export default defineConfig({
  test: {
    // Of the whole run: the projects take what it provides.
    globalSetup: ['./test/support/one-temp-folder.ts', './test/support/services.ts'],
    // Whole servers and browsers run beside the tests: two files at a time fit two cores.
    maxWorkers: 2,
    // Of the pages that one file opens: more would starve the other file.
    maxConcurrency: 3,
    reporters: ['default', './test/support/closing-line.ts'],
    projects: [
      { test: { ...files, name: 'embedded', include: ['test/**/*.test.ts', 'examples/**/*.test.ts'] } },
      ...((await whatIsMissing()) === undefined ? [scale] : []),
    ],
  },
})
