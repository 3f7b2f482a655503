import { expect, it, onTestFinished } from 'vitest'
import { dataPath, openDataFile } from '../../../src/store/sqlite/data-file.ts'
import { migrate } from '../../../src/store/sqlite/migrate.ts'
import { migrations } from '../../../src/store/sqlite/migrations/index.ts'
import { sqliteStore } from '../../../src/store/sqlite/store.ts'
import { parallel, token } from '../../contract/open-for-test.ts'
import { dataDir } from './data-dir.ts'

const FAR = Date.now() + 3_600_000

const arrange = () => {
  const db = openDataFile(dataPath(dataDir()), { busyTimeout: 100 })
  migrate(db, { migrations, now: Date.now })
  const refusals: object[] = []
  const store = sqliteStore({
    db,
    now: Date.now,
    log: { warn: () => undefined, error: (fields) => refusals.push(fields) },
    metrics: { store: () => undefined },
    sweepInterval: 60_000,
    pollInterval: 60_000,
  })
  onTestFinished(() => store.close())
  const pages = () => Number(db.prepare('pragma page_count').get()?.page_count)
  return {
    store,
    refusals,
    pages,
    limitPages: (count: number) => db.exec(`pragma max_page_count = ${count}`),
  }
}

const large = (key: string) => token(key, { expiresAt: FAR, payload: { filler: 'x'.repeat(20_000) } })

it('R-14 a full disk refuses writes with store_unavailable, reads go on, and writes resume with space', async () => {
  const { store, refusals, pages, limitPages } = arrange()
  await store.artifacts.put(large('before'))
  limitPages(pages())

  const refused = { status: 'rejected', reason: { code: 'store_unavailable', status: 503, retryAfter: 2 } }
  const outcomes = await Promise.allSettled(['a', 'b'].map((key) => store.artifacts.put(large(key))))
  for (const outcome of outcomes) expect(outcome).toMatchObject(refused)
  expect(refusals.length).toBeGreaterThan(0)
  expect(await store.artifacts.find('AccessToken', 'before')).toBeDefined()
  await expect(store.ping()).resolves.toBeUndefined()

  limitPages(1_000_000)
  await store.artifacts.put(large('a'))
  expect(await store.artifacts.find('AccessToken', 'a')).toBeDefined()
})

it('R-14 forgets every write of a transaction that the full disk broke', async () => {
  const { store, pages, limitPages } = arrange()
  await store.artifacts.put(token('code', { expiresAt: FAR }))
  await store.documents.write('roles', { n: 1 }, 0)
  limitPages(pages())

  const outcomes = await Promise.allSettled([
    store.artifacts.consume('AccessToken', 'code'),
    store.documents.write('roles', { n: 2 }, 1),
    store.artifacts.put(large('too much')),
  ])
  expect(outcomes.map(({ status }) => status)).toEqual(['rejected', 'rejected', 'rejected'])
  expect(await store.documents.read('roles')).toEqual({ value: { n: 1 }, version: 1 })
  expect(await store.artifacts.find('AccessToken', 'too much')).toBeUndefined()
  limitPages(1_000_000)
  const again = await parallel(2, () => store.artifacts.consume('AccessToken', 'code'))
  expect(again.map(({ kind }) => kind)).toEqual(['won', 'lost'])
})
