import { join } from 'node:path'
import { noMetrics } from '../../src/adapters/metrics.ts'
import { type OpenedStore, openStore } from '../../src/store/index.ts'

/** The store of a running server, opened beside it as a command does; the caller closes it. */
export const storeBeside = ({ home }: { home: string }): Promise<OpenedStore> =>
  openStore({
    dataDir: join(home, 'data'),
    role: 'cli',
    now: Date.now,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    metrics: noMetrics,
  })
