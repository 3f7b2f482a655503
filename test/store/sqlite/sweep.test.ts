import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { dataPath } from '../../../src/store/sqlite/data-file.ts'
import { HOUR, parallel, START, token } from '../../contract/open-for-test.ts'
import { dataDir, openTestStore } from './data-dir.ts'

const arrange = async (sweepInterval = 60_000) => {
  const dir = dataDir()
  const time = { now: START }
  const store = await openTestStore({ dataDir: dir, now: () => time.now, sweepInterval })
  const outside = new DatabaseSync(dataPath(dir), { readOnly: true })
  const rows = (table: string) => Number(outside.prepare(`select count(*) as n from ${table}`).get()?.n)
  return { store, time, rows }
}

it('removes every expired row and no other', async () => {
  const { store, time, rows } = await arrange()
  await parallel(450, (n) => store.artifacts.put(token(`short-${n}`, { expiresAt: START + 1000 })))
  await parallel(10, (n) => store.artifacts.put(token(`long-${n}`)))
  await parallel(3, (n) => store.artifacts.mark('jti', `short-${n}`, START + 1000))
  await store.artifacts.mark('jti', 'long', START + HOUR)
  await store.counters.increment('short', 1000)
  await store.counters.increment('long', HOUR)
  time.now = START + 1000
  expect(await store.sweep()).toBe(454)
  expect([rows('artifacts'), rows('marks'), rows('counters')]).toEqual([10, 1, 1])
})

it('keeps a consumed artifact until it expires', async () => {
  const { store, time } = await arrange()
  await store.artifacts.put(token('code', { expiresAt: START + 1000 }))
  await store.artifacts.consume('AccessToken', 'code')
  time.now = START + 999
  await store.sweep()
  expect(await store.artifacts.consume('AccessToken', 'code')).toEqual({ kind: 'lost', consumedAt: START })
})

it('sweeps by itself at its interval', async () => {
  const { store, time, rows } = await arrange(20)
  await store.artifacts.put(token('a', { expiresAt: START + 1000 }))
  time.now = START + 1000
  await expect.poll(() => rows('artifacts')).toBe(0)
})

it('lets other work through between chunks', async () => {
  const { store, time } = await arrange()
  await parallel(2000, (n) => store.artifacts.put(token(`key-${n}`, { expiresAt: START + 1000 })))
  time.now = START + 1000
  let isSwept = false
  const sweep = store.sweep().then(() => {
    isSwept = true
  })
  await store.artifacts.put(token('between'))
  expect(isSwept).toBe(false)
  await sweep
})
