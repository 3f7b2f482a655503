import { describe, expect, it } from 'vitest'
import { parallel, type TestStore } from './open-for-test.ts'

const client = (clientId: string, name = 'Shop', version = 1) => ({
  clientId,
  metadata: { client_name: name, redirect_uris: ['https://shop.example/cb'] },
  version,
})

export const describeClients = (current: () => TestStore): void => {
  const clients = () => current().store.clients

  describe('clients', () => {
    it('gives back what was stored', async () => {
      expect(await clients().insert(client('shop'))).toEqual({ kind: 'inserted' })
      expect(await clients().find('shop')).toEqual(client('shop'))
      expect(await clients().find('other')).toBeUndefined()
    })

    it('inserts a client id once, whatever the parallelism', async () => {
      const outcomes = await parallel(20, (n) => clients().insert(client('shop', `name ${n}`)))
      expect(outcomes.filter(({ kind }) => kind === 'inserted')).toHaveLength(1)
    })

    it('replaces the version that was read and says stale to everybody else', async () => {
      await clients().insert(client('shop'))
      const outcomes = await parallel(20, (n) => clients().replace(client('shop', `name ${n}`)))
      expect(outcomes.filter(({ kind }) => kind === 'replaced')).toHaveLength(1)
      expect(await clients().find('shop')).toEqual(client('shop', 'name 0', 2))
      expect(await clients().replace(client('nobody'))).toEqual({ kind: 'stale' })
    })

    it('lists all clients in order of their id', async () => {
      for (const id of ['b', 'c', 'a']) await clients().insert(client(id))
      expect((await clients().list()).map(({ clientId }) => clientId)).toEqual(['a', 'b', 'c'])
    })

    it('removes a client once', async () => {
      await clients().insert(client('shop'))
      expect(await clients().remove('shop')).toBe(true)
      expect(await clients().remove('shop')).toBe(false)
      expect(await clients().find('shop')).toBeUndefined()
    })

    it('is not changed by what a caller does to metadata it was given', async () => {
      await clients().insert(client('shop'))
      const given = await clients().find('shop')
      if (given) given.metadata.redirect_uris = ['https://evil.example/cb']
      expect(await clients().find('shop')).toEqual(client('shop'))
    })
  })
}
