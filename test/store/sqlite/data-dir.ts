import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { onTestFinished } from 'vitest'
import { type OpenedSqlite, type OpenSqliteOptions, openSqlite } from '../../../src/store/sqlite/open.ts'

/** A directory that goes away after the present test. */
export const dataDir = (): string => {
  const dir = mkdtempSync(join(tmpdir(), 'gatehouse-store-'))
  onTestFinished(() => rmSync(dir, { recursive: true, force: true }))
  return dir
}

/** An opened store in a directory of its own, unless the test names one; closed after the present test. */
export const openTestStore = async (options: Partial<OpenSqliteOptions> = {}): Promise<OpenedSqlite> => {
  const store = openSqlite({
    dataDir: options.dataDir ?? dataDir(),
    role: 'server',
    now: Date.now,
    log: { warn: () => undefined, error: () => undefined },
    metrics: { store: () => undefined },
    sweepInterval: 15_000,
    pollInterval: 500,
    ...options,
  })
  onTestFinished(() => store.close())
  return store
}
