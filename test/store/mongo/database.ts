import { type Db, MongoClient } from 'mongodb'
import { onTestFinished } from 'vitest'
import type { ChangeTopic } from '../../../src/domain/ports.ts'
import { type MongoStore, type OpenMongoOptions, openMongo } from '../../../src/store/mongo/open.ts'

export interface OpenedForTest extends MongoStore {
  /** What `changed` was told so far. */
  heard: ChangeTopic[]
}

/** An opened store in the database of the URL; closed after the present test. */
export const openForTest = async (
  url: string,
  options: Partial<OpenMongoOptions> = {},
): Promise<OpenedForTest> => {
  const heard: ChangeTopic[] = []
  const store = await openMongo({
    url,
    now: Date.now,
    log: { warn: () => undefined },
    metrics: { store: () => undefined },
    changed: (topic) => heard.push(topic),
    added: (topic) => heard.push(topic),
    patience: 5_000,
    ...options,
  })
  onTestFinished(() => store.close())
  return { ...store, heard }
}

/** The database itself, to look behind the driver; closed after the present test. */
export const behind = async (url: string): Promise<Db> => {
  const client = await new MongoClient(url).connect()
  onTestFinished(() => client.close())
  return client.db()
}
