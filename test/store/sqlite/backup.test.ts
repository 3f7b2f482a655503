import { existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, it } from 'vitest'
import { restoreBackup, StartFault } from '../../../src/store/index.ts'
import { dataPath } from '../../../src/store/sqlite/data-file.ts'
import { account, HOUR, token } from '../../contract/open-for-test.ts'
import { dataDir, openTestStore } from './data-dir.ts'

const FAR = Date.now() + HOUR

/** Writes until `stop` is called; resolves with the number of acknowledged writes. */
const writeLoad = (put: (n: number) => Promise<void>) => {
  let isStopped = false
  let acknowledged = 0
  const writer = async (first: number): Promise<void> => {
    for (let n = first; !isStopped; n += 8) {
      await put(n)
      acknowledged++
    }
  }
  const writers = Promise.all(Array.from({ length: 8 }, (_, first) => writer(first)))
  return {
    acknowledged: () => acknowledged,
    async stop() {
      isStopped = true
      await writers
    },
  }
}

it('R-15 a backup taken under write load restores to a working store', async () => {
  const dir = dataDir()
  const store = await openTestStore({ dataDir: dir })
  await store.accounts.insert(account('kim'))
  const load = writeLoad((n) => store.artifacts.put(token(`key-${n}`, { expiresAt: FAR })))
  await expect.poll(load.acknowledged).toBeGreaterThan(2000)
  const before = load.acknowledged()
  await store.backup(join(dir, 'backup.sqlite'))
  expect(load.acknowledged()).toBeGreaterThan(before)
  await load.stop()

  const target = dataDir()
  restoreBackup({ from: join(dir, 'backup.sqlite'), dataDir: target, now: Date.now })
  const restored = await openTestStore({ dataDir: target })
  expect(await restored.accounts.find('kim')).toEqual(account('kim'))
  // Each writer wrote its keys in order, so everything acknowledged before the backup began is in it.
  for (let n = 0; n < before - 8; n++)
    expect(await restored.artifacts.find('AccessToken', `key-${n}`)).toBeDefined()
  await restored.artifacts.put(token('new', { expiresAt: FAR }))
  expect(await restored.artifacts.find('AccessToken', 'new')).toBeDefined()
})

it('makes a backup a single private file and never overwrites one', async () => {
  const dir = dataDir()
  const out = dataDir()
  const store = await openTestStore({ dataDir: dir })
  const to = join(out, 'b.sqlite')
  await store.backup(to)
  expect(readdirSync(out)).toEqual(['b.sqlite'])
  expect(statSync(to).mode & 0o777).toBe(0o600)
  await expect(store.backup(to)).rejects.toThrow(/exists already/)
})

it('backs up from a command beside the running server', async () => {
  const dir = dataDir()
  const server = await openTestStore({ dataDir: dir })
  await server.accounts.insert(account('kim'))
  const command = await openTestStore({ dataDir: dir, role: 'cli' })
  await command.backup(join(dir, 'b.sqlite'))
  await command.close()
  const target = dataDir()
  restoreBackup({ from: join(dir, 'b.sqlite'), dataDir: target, now: Date.now })
  expect(await (await openTestStore({ dataDir: target })).accounts.find('kim')).toBeDefined()
})

it('refuses to restore under a running server and changes nothing', async () => {
  const dir = dataDir()
  const store = await openTestStore({ dataDir: dir })
  await store.backup(join(dir, 'b.sqlite'))
  await store.accounts.insert(account('kim'))
  expect(() => restoreBackup({ from: join(dir, 'b.sqlite'), dataDir: dir, now: Date.now })).toThrow(
    /in use by process/,
  )
  expect(await store.accounts.find('kim')).toBeDefined()
})

it('keeps the data file that a restore replaces, with everything in it', async () => {
  const dir = dataDir()
  const store = await openTestStore({ dataDir: dir })
  await store.backup(join(dir, 'b.sqlite'))
  await store.accounts.insert(account('kim'))
  await store.close()
  const kept = restoreBackup({ from: join(dir, 'b.sqlite'), dataDir: dir, now: Date.now })
  const restored = await openTestStore({ dataDir: dir })
  expect(await restored.accounts.find('kim')).toBeUndefined()
  await restored.close()
  restoreBackup({ from: kept ?? '', dataDir: dir, now: Date.now })
  expect(await (await openTestStore({ dataDir: dir })).accounts.find('kim')).toBeDefined()
})

it('refuses to restore what is not a sound backup of this release', async () => {
  const dir = dataDir()
  const bad = join(dir, 'bad.sqlite')
  const target = dataDir()
  const restore = () => restoreBackup({ from: bad, dataDir: target, now: Date.now })
  expect(restore).toThrow(/there is no backup/)
  writeFileSync(bad, 'not a database, but long enough to be read as a header '.repeat(20))
  expect(restore).toThrow(StartFault)
  writeFileSync(bad, '')
  expect(restore).toThrow(/not a backup of Gatehouse/)
  expect(existsSync(dataPath(target))).toBe(false)
})
