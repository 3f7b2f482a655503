import { describe, expect, it } from 'vitest'
import type { Consent } from '../../src/domain/ports.ts'
import { parallel, START, type TestStore } from './open-for-test.ts'

const ORDERS = 'https://orders.example/api'

const consent = (changes: Partial<Consent> = {}): Consent => ({
  sub: 'kim',
  clientId: 'shop',
  scopes: ['openid'],
  resources: { [ORDERS]: ['orders:read'] },
  updatedAt: START,
  ...changes,
})

export const describeConsents = (current: () => TestStore): void => {
  const consents = () => current().store.consents

  describe('consents', () => {
    it('gives back what was allowed, for that person and client only', async () => {
      await consents().add(consent())
      expect(await consents().find('kim', 'shop')).toEqual(consent())
      expect(await consents().find('kim', 'other')).toBeUndefined()
      expect(await consents().find('lee', 'shop')).toBeUndefined()
    })

    it('adds to what is there, each scope once', async () => {
      await consents().add(consent())
      await consents().add(
        consent({
          scopes: ['openid', 'email'],
          resources: { [ORDERS]: ['orders:read', 'orders:write'], 'urn:b': ['x'] },
          updatedAt: START + 1,
        }),
      )
      expect(await consents().find('kim', 'shop')).toEqual({
        sub: 'kim',
        clientId: 'shop',
        scopes: ['openid', 'email'],
        resources: { [ORDERS]: ['orders:read', 'orders:write'], 'urn:b': ['x'] },
        updatedAt: START + 1,
      })
    })

    it('loses nothing of what is added in parallel', async () => {
      await parallel(20, (n) =>
        consents().add(
          consent({ scopes: [`scope-${n}`], resources: { [ORDERS]: [`p-${n}`], [`urn:${n}`]: ['x'] } }),
        ),
      )
      const stored = await consents().find('kim', 'shop')
      expect(stored?.scopes).toHaveLength(20)
      expect(stored?.resources[ORDERS]).toHaveLength(20)
      expect(Object.keys(stored?.resources ?? {})).toHaveLength(21)
    })

    it('lists the consents of one person', async () => {
      await consents().add(consent({ clientId: 'b' }))
      await consents().add(consent({ clientId: 'a' }))
      await consents().add(consent({ sub: 'lee', clientId: 'c' }))
      expect((await consents().list('kim')).map(({ clientId }) => clientId)).toEqual(['a', 'b'])
    })

    it('pages through the consents of everybody, each once', async () => {
      const pairs = [
        ['kim', 'a'],
        ['kim', 'b'],
        ['lee', 'a'],
        ['lee', 'c'],
        ['max', 'a'],
      ] as const
      for (const [sub, clientId] of pairs.toReversed()) await consents().add(consent({ sub, clientId }))
      const seen: string[][] = []
      for (let after: Consent | undefined; ; ) {
        const page: Consent[] = await consents().page({ ...(after && { after }), limit: 2 })
        seen.push(...page.map(({ sub, clientId }) => [sub, clientId]))
        after = page.at(-1)
        if (page.length < 2) break
      }
      expect(seen).toEqual(pairs)
    })

    it('removes a consent once', async () => {
      await consents().add(consent())
      expect(await consents().remove('kim', 'shop')).toBe(true)
      expect(await consents().remove('kim', 'shop')).toBe(false)
      expect(await consents().find('kim', 'shop')).toBeUndefined()
    })
  })
}
