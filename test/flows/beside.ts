import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { Redis } from 'ioredis'
import { noMetrics } from '../../src/adapters/metrics.ts'
import { loadConfig } from '../../src/config.ts'
import { type OpenedStore, openStore } from '../../src/store/index.ts'
import { isScale, scaleSettings } from '../support/deployment.ts'

/** The store of a running server, opened beside it as a command does; the caller closes it. */
export const storeBeside = ({ home }: { home: string }): Promise<OpenedStore> =>
  openStore({
    dataDir: join(home, 'data'),
    scale: isScale ? loadConfig(scaleSettings(home)).scale : undefined,
    role: 'cli',
    now: Date.now,
    log: { info: () => undefined, warn: () => undefined, error: () => undefined },
    metrics: noMetrics,
  })

/** How many artifacts of a model a running server has stored. */
export const countStored = ({ home }: { home: string }, model: string): Promise<number> =>
  isScale ? countKeys(home, model) : Promise.resolve(countRows(home, model))

const countRows = (home: string, model: string): number => {
  const db = new DatabaseSync(join(home, 'data/gatehouse.sqlite'), { readOnly: true })
  try {
    return Number(db.prepare('select count(*) as n from artifacts where model = ?').get(model)?.n)
  } finally {
    db.close()
  }
}

const countKeys = async (home: string, model: string): Promise<number> => {
  const url = new URL(scaleSettings(home).REDIS_URL ?? '')
  const redis = new Redis(Number(url.port), url.hostname)
  try {
    let count = 0
    for await (const keys of redis.scanStream({
      match: `${url.searchParams.get('prefix')}a:${model}:*`,
      count: 1000,
    }))
      count += keys.length
    return count
  } finally {
    redis.disconnect()
  }
}
