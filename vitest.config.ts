import { defineConfig } from 'vitest/config'

const LONG = process.env.LONG === '1'

export default defineConfig({
  test: {
    include: ['test/**/*.test.ts', 'examples/**/*.test.ts'],
    globalSetup: './test/support/one-temp-folder.ts',
    // Whole servers and browsers run beside the tests: two files at a time fit two cores.
    pool: 'forks',
    maxWorkers: 2,
    testTimeout: LONG ? 900_000 : 30_000,
    hookTimeout: 60_000,
    reporters: ['default', './test/support/closing-line.ts'],
  },
})
