import { describe, expect, it } from 'vitest'
import { HOUR, parallel, START, type TestStore, token } from './open-for-test.ts'

export const describeArtifactRaces = (current: () => TestStore): void => {
  const artifacts = () => current().store.artifacts
  const find = (key: string) => artifacts().find('AccessToken', key)

  describe('artifacts in parallel', () => {
    it('lets exactly one of 100 parallel callers consume', async () => {
      await artifacts().put(token('a'))
      const outcomes = await parallel(100, () => artifacts().consume('AccessToken', 'a'))
      expect(outcomes.filter(({ kind }) => kind === 'won')).toHaveLength(1)
      expect(outcomes.filter(({ kind }) => kind === 'lost')).toHaveLength(99)
    })

    it('hands an artifact to exactly one of 100 parallel takers', async () => {
      await artifacts().put(token('a'))
      const taken = await parallel(100, () => artifacts().takeOnce('AccessToken', 'a'))
      expect(taken.filter((one) => one !== undefined)).toHaveLength(1)
      expect(await find('a')).toBeUndefined()
    })

    it('gives a mark to exactly one of 100 parallel callers', async () => {
      const won = await parallel(100, () => artifacts().mark('jti', 'x', START + HOUR))
      expect(won.filter(Boolean)).toHaveLength(1)
    })

    it('lets exactly one of 50 parallel first writers put', async () => {
      const won = await parallel(50, (n) => artifacts().putIf(token('a', { payload: { n } }), 0))
      expect(won.filter(Boolean)).toHaveLength(1)
    })

    it('keeps the additions of 20 parallel writers of one session', async () => {
      await parallel(20, async (n) => {
        for (;;) {
          const read = await find('session')
          const payload = { ...read?.payload, [`client-${n}`]: true }
          if (await artifacts().putIf(token('session', { payload }), read?.revision ?? 0)) return
        }
      })
      expect(Object.keys((await find('session'))?.payload ?? {})).toHaveLength(20)
    })

    it('puts unawaited writes of one key into effect in the order of the calls', async () => {
      const writes = [
        artifacts().put(token('a', { payload: { n: 1 } })),
        artifacts().remove('AccessToken', 'a'),
        artifacts().put(token('a', { payload: { n: 2 } })),
        artifacts().consume('AccessToken', 'a'),
        artifacts().put(token('a', { payload: { n: 3 } })),
      ]
      await Promise.all(writes)
      expect(await find('a')).toMatchObject({ payload: { n: 3 }, revision: 2, consumedAt: START })
    })

    it('lets a read see every write that was called before it', async () => {
      const put = artifacts().put(token('a', { grantId: 'g' }))
      const seen = find('a')
      const family = artifacts().removeFamily('g')
      const gone = find('a')
      expect(await seen).toBeDefined()
      expect(await gone).toBeUndefined()
      await Promise.all([put, family])
    })

    it('rejects only the write that is at fault', async () => {
      const cyclic: Record<string, unknown> = {}
      cyclic.self = cyclic
      const [before, bad, after] = await Promise.allSettled([
        artifacts().put(token('before')),
        artifacts().put(token('bad', { payload: cyclic })),
        artifacts().put(token('after')),
      ])
      expect([before.status, bad.status, after.status]).toEqual(['fulfilled', 'rejected', 'fulfilled'])
      expect(await find('before')).toBeDefined()
      expect(await find('bad')).toBeUndefined()
      expect(await find('after')).toBeDefined()
    })
  })
}
