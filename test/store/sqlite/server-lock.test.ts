import { expect, it } from 'vitest'
import { StartFault } from '../../../src/store/index.ts'
import { account } from '../../contract/open-for-test.ts'
import { dataDir, openTestStore } from './data-dir.ts'
import { startHolder } from './lock-holder.ts'

it('R-15 refuses a second server on the same directory and names the first by its process id', async () => {
  const dir = dataDir()
  const holder = await startHolder(dir)
  const opening = openTestStore({ dataDir: dir })
  await expect(opening).rejects.toThrow(new RegExp(`in use by process ${holder.pid};`))
  await expect(opening).rejects.toBeInstanceOf(StartFault)
})

it('R-15 refuses a second server in the same process too', async () => {
  const dir = dataDir()
  const store = await openTestStore({ dataDir: dir })
  await expect(openTestStore({ dataDir: dir })).rejects.toThrow(`in use by process ${process.pid};`)
  await store.close()
  await expect(openTestStore({ dataDir: dir })).resolves.toBeDefined()
})

it('leaves no stale lock when the server is killed', async () => {
  const dir = dataDir()
  const holder = await startHolder(dir)
  await holder.kill()
  await expect(openTestStore({ dataDir: dir })).resolves.toBeDefined()
})

it('lets a command work beside the server, which notices within a second', async () => {
  const dir = dataDir()
  const server = await openTestStore({ dataDir: dir })
  expect(await server.accounts.find('kim')).toBeUndefined()
  await server.accounts.insert(account('lee'))
  expect((await server.accounts.find('lee'))?.disabled).toBe(false)
  const heard = new Set<string>()
  server.onChange((topic) => heard.add(topic))

  const command = await openTestStore({ dataDir: dir, role: 'cli' })
  await command.accounts.insert(account('kim'))
  await command.accounts.replace(account('lee', { disabled: true }))
  await command.close()
  await expect.poll(() => heard, { timeout: 1000 }).toContain('accounts')
  expect([...heard].sort()).toEqual(['accounts', 'clients', 'documents'])
  expect(await server.accounts.find('kim')).toBeDefined()
  expect((await server.accounts.find('lee'))?.disabled).toBe(true)
})

it('gives the present account beside a command, without waiting', async () => {
  const dir = dataDir()
  const server = await openTestStore({ dataDir: dir, pollInterval: 60_000 })
  await server.accounts.insert(account('kim'))
  await server.accounts.find('kim')
  const command = await openTestStore({ dataDir: dir, role: 'cli' })
  await command.accounts.replace(account('kim', { disabled: true }))
  expect((await server.accounts.present('kim'))?.disabled).toBe(true)
  expect((await server.accounts.find('kim'))?.disabled).toBe(true)
})

it('reads again after it lost a compare-and-set to another process, without waiting', async () => {
  const dir = dataDir()
  const server = await openTestStore({ dataDir: dir, pollInterval: 60_000 })
  await server.documents.write('roles', { n: 1 }, 0)
  expect((await server.documents.read('roles'))?.version).toBe(1)
  const command = await openTestStore({ dataDir: dir, role: 'cli' })
  await command.documents.write('roles', { n: 2 }, 1)
  expect(await server.documents.write('roles', { n: 3 }, 1)).toBe(false)
  expect(await server.documents.read('roles')).toEqual({ value: { n: 2 }, version: 2 })
})
