import { existsSync } from 'node:fs'
import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'
import { it as anywhere } from 'vitest'

/** A person at a real browser, in a profile of their own. */
export interface Window {
  page: Page
  /** What the console complained about so far: errors, violations of a policy, uncaught exceptions. */
  complaints(): string[]
  close(): Promise<void>
}

export interface Browser {
  open(options?: BrowserContextOptions): Promise<Window>
  close(): Promise<void>
}

/** Debian's Chromium, or the one that `CHROMIUM` names. */
const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'

/**
 * Whether nothing can be shown in a browser here; says so where that is allowed.
 *
 * @throws Error where it is not: `REQUIRE_SERVICES=1`, as in CI
 */
const isAbsent = (): boolean => {
  if (existsSync(executablePath)) return false
  const reason = `there is no Chromium at ${executablePath}: install it, or name another in CHROMIUM`
  if (process.env.REQUIRE_SERVICES === '1') throw new Error(reason)
  console.warn(`Skipped what needs a browser: ${reason}`)
  return true
}

/** `it` of the tests that need a browser. */
export const it = anywhere.skipIf(isAbsent())

/** Milliseconds that a page may take for one step. */
const PATIENCE = 20_000
// The tests run as root in a container, where Chromium has no sandbox; they open our own pages only, and no name but
// that of this machine leads anywhere.
const ARGUMENTS = [
  '--no-sandbox',
  '--disable-gpu',
  '--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE localhost, EXCLUDE 127.0.0.1',
]

/**
 * Starts Chromium.
 *
 * @throws Error if it is not installed
 */
export const startChromium = async (): Promise<Browser> => {
  const browser = await chromium.launch({ executablePath, args: ARGUMENTS })
  return {
    open: async (options = {}) => {
      const context = await browser.newContext(options)
      // Before the test's own timeout, so that it tells what it waited for.
      context.setDefaultTimeout(PATIENCE)
      const page = await context.newPage()
      const complaints: string[] = []
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      return { page, complaints: () => complaints, close: () => context.close() }
    },
    close: () => browser.close(),
  }
}
