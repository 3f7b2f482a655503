import { chmodSync, existsSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { expect, it } from 'vitest'
import { StartFault } from '../../../src/store/index.ts'
import { dataPath } from '../../../src/store/sqlite/data-file.ts'
import { account, HOUR, token } from '../../contract/open-for-test.ts'
import { dataDir, openTestStore } from './data-dir.ts'

const mode = (path: string): number => statSync(path).mode & 0o777

it('makes a missing data directory and its files private', async () => {
  const dir = join(dataDir(), 'deep', 'data')
  const store = await openTestStore({ dataDir: dir })
  await store.artifacts.put(token('a'))
  expect(mode(dir)).toBe(0o700)
  for (const name of ['', '-wal', '-shm']) expect(mode(`${dataPath(dir)}${name}`)).toBe(0o600)
  expect(mode(join(dir, 'server.lock'))).toBe(0o600)
})

it('takes the group and the world off an existing file', async () => {
  const dir = dataDir()
  await (await openTestStore({ dataDir: dir })).close()
  chmodSync(dataPath(dir), 0o644)
  await openTestStore({ dataDir: dir })
  expect(mode(dataPath(dir))).toBe(0o600)
})

it('finds everything again after it was closed, in one file', async () => {
  const dir = dataDir()
  const store = await openTestStore({ dataDir: dir })
  await store.accounts.insert(account('kim'))
  await store.artifacts.put(token('a', { expiresAt: Date.now() + HOUR }))
  await store.artifacts.consume('AccessToken', 'a')
  const before = await store.artifacts.find('AccessToken', 'a')
  await store.close()
  expect(existsSync(`${dataPath(dir)}-wal`)).toBe(false)
  const again = await openTestStore({ dataDir: dir })
  expect(await again.accounts.find('kim')).toEqual(account('kim'))
  expect(await again.artifacts.find('AccessToken', 'a')).toEqual(before)
})

it('refuses a file that a newer release has written, and leaves it alone', async () => {
  const dir = dataDir()
  await (await openTestStore({ dataDir: dir })).close()
  const db = new DatabaseSync(dataPath(dir))
  db.exec("insert into migrations values (99, 'from the future', 0)")
  db.close()
  await expect(openTestStore({ dataDir: dir })).rejects.toThrow(
    /newer release \(schema 99, this release knows up to \d+\)/,
  )
  await expect(openTestStore({ dataDir: dir, role: 'cli' })).rejects.toBeInstanceOf(StartFault)
})

it('applies each migration once', async () => {
  const dir = dataDir()
  for (let start = 0; start < 3; start++) await (await openTestStore({ dataDir: dir })).close()
  const db = new DatabaseSync(dataPath(dir))
  const numbers = db
    .prepare('select number from migrations order by number')
    .all()
    .map((row) => row.number)
  expect(numbers).toEqual(numbers.map((_, index) => index + 1))
})

it('names the directory that it cannot use', async () => {
  const dir = dataDir()
  writeFileSync(join(dir, 'occupied'), '')
  const opening = openTestStore({ dataDir: join(dir, 'occupied') })
  await expect(opening).rejects.toThrow(join(dir, 'occupied'))
  await expect(opening).rejects.toBeInstanceOf(StartFault)
})
