import { type BrowserContextOptions, chromium, type Page } from 'playwright-core'

/** A person at a real browser, in a profile of their own. */
export interface Window {
  page: Page
  /** What the console complained about so far: errors, violations of a policy, uncaught exceptions. */
  complaints(): string[]
}

export interface Browser {
  open(options?: BrowserContextOptions): Promise<Window>
  close(): Promise<void>
}

/**
 * Starts Chromium; `CHROMIUM` names another one than Debian's.
 *
 * @throws Error if it is not installed
 */
export const startChromium = async (): Promise<Browser> => {
  const executablePath = process.env.CHROMIUM ?? '/usr/bin/chromium'
  // The tests run as root in a container, where Chromium has no sandbox; they open our own pages only.
  const browser = await chromium.launch({ executablePath, args: ['--no-sandbox'] })
  return {
    open: async (options = {}) => {
      const page = await (await browser.newContext(options)).newPage()
      const complaints: string[] = []
      page.on('console', (message) => {
        if (['error', 'warning'].includes(message.type())) complaints.push(message.text())
      })
      page.on('pageerror', (error) => complaints.push(String(error)))
      return { page, complaints: () => complaints }
    },
    close: () => browser.close(),
  }
}
