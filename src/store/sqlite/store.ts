import type { DatabaseSync } from 'node:sqlite'
import type { Log, Metrics } from '../../domain/observe.ts'
import type { Clock, Store } from '../../domain/ports.ts'
import { changes } from '../changes.ts'
import { accountStore } from './accounts.ts'
import { artifactStore } from './artifacts.ts'
import { auditStore } from './audit.ts'
import { clientStore } from './clients.ts'
import { consentStore } from './consents.ts'
import { counterStore } from './counters.ts'
import { documentStore } from './documents.ts'
import { groupCommit } from './group-commit.ts'
import type { Parts } from './parts.ts'
import { sweeper } from './sweep.ts'
import { foreignChanges } from './watch.ts'

export interface SqliteStoreParts {
  /** Open, migrated; the store closes it. */
  db: DatabaseSync
  now: Clock
  log: Pick<Log, 'warn' | 'error'>
  metrics: Pick<Metrics, 'store'>
  /** Milliseconds between removals of expired rows. */
  sweepInterval: number
  /** Milliseconds between looks at what other processes changed. */
  pollInterval: number
}

export interface SqliteStore extends Store {
  /** Removes expired rows now; resolves with their number. */
  sweep(): Promise<number>
}

/** Every port on one SQLite connection. */
export const sqliteStore = ({ db, now, log, metrics, ...intervals }: SqliteStoreParts): SqliteStore => {
  const clears: (() => void)[] = []
  const topics = changes()
  const isChangedByOthers = foreignChanges(db)

  const dropCaches = (): void => {
    for (const clear of clears) clear()
    topics.touchAll()
  }
  const look = (): void => {
    if (isChangedByOthers()) dropCaches()
  }

  const commit = groupCommit({
    db,
    began: look,
    ended(outcome, seconds) {
      if (outcome === 'committed') metrics.store('commit', seconds)
      else dropCaches()
      topics.publish()
    },
    refused: (cause) => log.error({ err: cause }, 'the data file refused'),
  })
  const parts: Parts = { db, commit, now, dropped: (clear) => clears.push(clear), touch: topics.touch }

  const sweep = sweeper(parts)
  const timers = [
    setInterval(
      () => void sweep().catch((err) => log.warn({ err }, 'expired rows were not removed')),
      intervals.sweepInterval,
    ),
    setInterval(() => {
      commit.read(look).then(topics.publish, () => undefined)
    }, intervals.pollInterval),
  ]
  for (const timer of timers) timer.unref()

  return {
    kind: 'sqlite',
    accounts: accountStore(parts),
    clients: clientStore(parts),
    documents: documentStore(parts),
    consents: consentStore(parts),
    audit: auditStore(parts),
    artifacts: artifactStore(parts),
    counters: counterStore(parts),
    sweep,
    ping: () => commit.read(look),
    onChange: topics.listen,
    async close() {
      for (const timer of timers) clearInterval(timer)
      commit.close()
      if (db.isOpen) closeFile(db, log)
    },
  }
}

const closeFile = (db: DatabaseSync, log: Pick<Log, 'warn'>): void => {
  try {
    db.exec('pragma wal_checkpoint(truncate)')
  } catch (err) {
    log.warn({ err }, 'the WAL was not copied into the data file; the next start does it')
  }
  db.close()
}
