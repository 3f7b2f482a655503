import { DatabaseSync } from 'node:sqlite'
import { setImmediate as nextTurn } from 'node:timers/promises'
import { expect, it } from 'vitest'
import { dataPath } from '../../../src/store/sqlite/data-file.ts'
import { parallel, token } from '../../contract/open-for-test.ts'
import { dataDir, openTestStore } from './data-dir.ts'

const FAR = Date.now() + 3_600_000

const arrange = async () => {
  const commits: number[] = []
  const dir = dataDir()
  const store = await openTestStore({
    dataDir: dir,
    metrics: { store: (_operation, seconds) => commits.push(seconds) },
  })
  const outside = new DatabaseSync(dataPath(dir))
  const visibleOutside = () => Number(outside.prepare('select count(*) as n from artifacts').get()?.n)
  return { store, outside, commits, visibleOutside }
}

it('commits all writes of one turn of the event loop together', async () => {
  const { store, commits } = await arrange()
  await parallel(100, (n) => store.artifacts.put(token(`key-${n}`, { expiresAt: FAR })))
  expect(commits).toHaveLength(1)
})

it('resolves a write only when another connection can see it', async () => {
  const { store, visibleOutside } = await arrange()
  const write = store.artifacts.put(token('a', { expiresAt: FAR })).then(visibleOutside)
  expect(visibleOutside()).toBe(0)
  expect(await write).toBe(1)
})

it('tells a loser of a race only after the winner is on disk', async () => {
  const { store, outside } = await arrange()
  await store.artifacts.put(token('a', { expiresAt: FAR }))
  const consumed = () => outside.prepare('select consumed_at from artifacts').get()?.consumed_at
  const winner = store.artifacts.consume('AccessToken', 'a')
  const loser = store.artifacts
    .consume('AccessToken', 'a')
    .then((outcome) => ({ outcome, onDisk: consumed() }))
  expect((await loser).outcome.kind).toBe('lost')
  expect((await loser).onDisk).toEqual(expect.any(Number))
  await winner
})

it('rejects a statement that fails and commits its neighbours', async () => {
  const store = await openTestStore()
  // SQLite takes a number that is none for NULL, which the column refuses.
  const outcomes = await Promise.allSettled(
    [1000, Number.NaN, 1000].map((window, index) => store.counters.increment(`key-${index}`, window)),
  )
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled'])
  const counts = await Promise.all([0, 1, 2].map((index) => store.counters.read(`key-${index}`)))
  expect(counts.map((counter) => counter?.count)).toEqual([1, undefined, 1])
})

it('refuses writes while another process holds the file, reads on, and recovers', async () => {
  const { store, outside } = await arrange()
  await store.artifacts.put(token('a', { expiresAt: FAR }))
  outside.exec('begin immediate')
  const start = performance.now()
  const outcomes = await Promise.allSettled(
    Array.from({ length: 50 }, (_, n) => store.artifacts.put(token(`b-${n}`))),
  )
  expect(performance.now() - start).toBeLessThan(2000)
  for (const outcome of outcomes) {
    expect(outcome).toMatchObject({
      status: 'rejected',
      reason: { code: 'store_unavailable', retryAfter: 2 },
    })
  }
  expect(await store.artifacts.find('AccessToken', 'a')).toBeDefined()
  outside.exec('rollback')
  await nextTurn()
  await store.artifacts.put(token('b-0', { expiresAt: FAR }))
  expect(await store.artifacts.find('AccessToken', 'b-0')).toBeDefined()
})
