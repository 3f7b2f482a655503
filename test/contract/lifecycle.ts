import { describe, expect, it } from 'vitest'
import type { ChangeTopic } from '../../src/domain/ports.ts'
import { account, parallel, type TestStore, token } from './open-for-test.ts'

export const describeLifecycle = (current: () => TestStore): void => {
  const store = () => current().store

  describe('life cycle', () => {
    it('answers a ping while it is open', async () => {
      await expect(store().ping()).resolves.toBeUndefined()
    })

    it('tells listeners about its own changes before the caller goes on, until they leave', async () => {
      const heard: ChangeTopic[] = []
      const leave = store().onChange((topic) => heard.push(topic))
      await store().accounts.insert(account('kim'))
      expect(heard).toEqual(['accounts'])
      await store().clients.insert({ clientId: 'shop', metadata: {}, version: 1 })
      await store().documents.write('roles', {}, 0)
      expect(heard).toEqual(['accounts', 'clients', 'documents'])
      await store().artifacts.put(token('a'))
      await store().documents.write('roles', {}, 0)
      expect(heard).toHaveLength(3)
      leave()
      await store().accounts.remove('kim')
      expect(heard).toHaveLength(3)
    })

    it('finishes the writes that were called before it closes', async () => {
      const writes = parallel(10, (n) => store().artifacts.put(token(`key-${n}`)))
      await store().close()
      await expect(writes).resolves.toHaveLength(10)
    })

    it('refuses every call after it was closed, and may be closed twice', async () => {
      await store().close()
      await store().close()
      const refusal = { code: 'store_unavailable', retryAfter: 2 }
      await expect(store().ping()).rejects.toMatchObject(refusal)
      await expect(store().artifacts.put(token('a'))).rejects.toMatchObject(refusal)
      await expect(store().artifacts.find('AccessToken', 'a')).rejects.toMatchObject(refusal)
      await expect(store().accounts.find('kim')).rejects.toMatchObject(refusal)
      await expect(store().counters.increment('a', 1000)).rejects.toMatchObject(refusal)
    })
  })
}
