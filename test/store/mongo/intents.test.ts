import { describe, expect, it } from 'vitest'
import type { ChangeTopic } from '../../../src/domain/ports.ts'
import { account } from '../../contract/open-for-test.ts'
import { scaleUrls, services } from '../../support/services/index.ts'
import { type OpenedForTest, openForTest } from './database.ts'

const client = { clientId: 'shop', metadata: {}, version: 1 }

const writes: [string, ChangeTopic, (store: OpenedForTest) => Promise<unknown>][] = [
  ['replaces an account', 'accounts', ({ accounts }) => accounts.replace(account('kim', { name: 'Kim' }))],
  ['removes an account', 'accounts', ({ accounts }) => accounts.remove('kim')],
  ['inserts a client', 'clients', ({ clients }) => clients.insert({ ...client, clientId: 'new' })],
  ['replaces a client', 'clients', ({ clients }) => clients.replace(client)],
  ['removes a client', 'clients', ({ clients }) => clients.remove('shop')],
  ['writes a document', 'documents', ({ documents }) => documents.write('roles', {}, 0)],
]

const seeded = async (url: string): Promise<OpenedForTest> => {
  const store = await openForTest(url)
  await store.accounts.insert(account('kim'))
  await store.clients.insert(client)
  store.heard.length = 0
  return store
}

describe.skipIf(!services())('changes in MongoDB', () => {
  it.each(writes)(
    'are announced to other processes when one %s, and told here before it goes on',
    async (_, topic, write) => {
      const url = scaleUrls().MONGODB_URL
      const store = await seeded(url)
      const other = await openForTest(url)
      const before = await other.intents()
      await write(store)
      expect(store.heard).toEqual([topic])
      expect(await other.intents()).toEqual({ ...before, [topic]: before[topic] + 1 })
      expect(other.heard).toEqual([])
    },
  )

  it('that did not happen are told to nobody here', async () => {
    const store = await seeded(scaleUrls().MONGODB_URL)
    await store.accounts.remove('nobody')
    await store.accounts.replace(account('kim', { version: 7 }))
    await store.clients.insert(client)
    await store.clients.replace({ ...client, version: 7 })
    await store.documents.write('roles', {}, 7)
    expect(store.heard).toEqual([])
  })
})
