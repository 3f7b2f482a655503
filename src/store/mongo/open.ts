import type { Db, MongoClient } from 'mongodb'
import type { Log, Metrics } from '../../domain/observe.ts'
import type { ChangeTopic, Clock, Store } from '../../domain/ports.ts'
import type { Finding } from '../finding.ts'
import { StartFault } from '../start-fault.ts'
import { accountStore } from './accounts.ts'
import { auditStore } from './audit.ts'
import { CALL_LIMIT, calls } from './calls.ts'
import { newClient } from './client.ts'
import { clientStore } from './clients.ts'
import { connect } from './connect.ts'
import { consentStore } from './consents.ts'
import { documentStore } from './documents.ts'
import { inspectServer } from './inspect.ts'
import { intents } from './intents.ts'
import { migrate, refuseNewerSchema, schemaNumber } from './migrate.ts'
import { migrations } from './migrations/index.ts'
import { isConnectionFault, isMongoFault } from './mongo-error.ts'
import type { Parts } from './parts.ts'
import { databaseOf, hostsOf } from './url.ts'

export interface OpenMongoOptions {
  /** `mongodb:` or `mongodb+srv:`; its path names the database. */
  url: string
  now: Clock
  log: Pick<Log, 'warn'>
  metrics: Pick<Metrics, 'store'>
  /** Hears of a change that is stored, or may be, before its caller does. */
  changed: Parts['changed']
  added: Parts['added']
  /** Milliseconds to wait for the server at the start. */
  patience?: number
  /** Milliseconds for a call, with the calls before it for the same record. */
  limit?: number
}

export interface MongoStore extends Pick<Store, 'accounts' | 'clients' | 'documents' | 'consents' | 'audit'> {
  /** How often each topic was about to be changed, by any process. */
  intents(): Promise<Record<ChangeTopic, number>>
  ping(): Promise<void>
  inspect(): Promise<Finding[]>
  close(): Promise<void>
}

/** @throws StartFault if the server is away, refuses the user, or its database was written by a newer release */
export const openMongo = async (options: OpenMongoOptions): Promise<MongoStore> => {
  const { url, log, patience = 30_000 } = options
  const deadline = performance.now() + patience
  for (;;) {
    const client = await connect({ url, log, patience: Math.max(0, deadline - performance.now()) })
    try {
      const db = client.db(databaseOf(url))
      await bringUpToDate(db, options)
      return mongoStore(client, db, options)
    } catch (error) {
      await client.close()
      // A connection that breaks in between is made anew.
      if (isConnectionFault(error) && performance.now() < deadline) continue
      throw isMongoFault(error) ? refusedFault(url, error) : error
    }
  }
}

const refusedFault = (url: string, cause: unknown): StartFault =>
  new StartFault(
    `MongoDB at ${hostsOf(url)} has refused to prepare the database ${databaseOf(url)}: ${cause instanceof Error ? cause.message : String(cause)}`,
    { cause },
  )

const bringUpToDate = async (db: Db, { url, now }: OpenMongoOptions): Promise<void> => {
  const present = await schemaNumber(db)
  refuseNewerSchema(present, { database: db.databaseName, migrations })
  if (present === migrations.at(-1)?.number) return
  // An index over many documents takes its time.
  const patient = newClient(url, { patient: true })
  try {
    await migrate(patient.db(db.databaseName), { present, migrations, now })
  } finally {
    await patient.close()
  }
}

const mongoStore = (client: MongoClient, db: Db, options: OpenMongoOptions): MongoStore => {
  const { now, metrics, changed, added, limit = CALL_LIMIT } = options
  const within = calls({ metrics, limit })
  const { run, runInTurn } = within
  const counters = intents(db.collection('changes'), within, changed)
  const parts: Parts = {
    collection: (name) => db.collection(name),
    run,
    runInTurn,
    change: counters.change,
    changed,
    added,
  }
  return {
    accounts: accountStore(parts),
    clients: clientStore(parts),
    documents: documentStore(parts),
    consents: consentStore(parts),
    audit: auditStore(parts),
    intents: counters.read,
    ping: () =>
      run('ping', async () => {
        await db.command({ ping: 1 })
      }),
    inspect: () => run('inspect', () => inspectServer(db, now)),
    async close() {
      await within.close()
      await client.close()
    },
  }
}
