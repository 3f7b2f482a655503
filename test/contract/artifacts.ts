import { describe, expect, it } from 'vitest'
import { HOUR, START, type TestStore, token } from './open-for-test.ts'

export const describeArtifacts = (current: () => TestStore): void => {
  const artifacts = () => current().store.artifacts
  const find = (key: string, model = 'AccessToken') => artifacts().find(model, key)

  describe('artifacts', () => {
    it('gives back what was put, and nothing under another model or key', async () => {
      await artifacts().put(
        token('a', { payload: { kind: 'AccessToken', deep: { list: [1, 'ü', null] } }, grantId: 'g' }),
      )
      expect(await find('a')).toEqual({
        model: 'AccessToken',
        key: 'a',
        payload: { kind: 'AccessToken', deep: { list: [1, 'ü', null] } },
        expiresAt: START + HOUR,
        grantId: 'g',
        consumedAt: undefined,
        revision: 1,
      })
      expect(await find('a', 'RefreshToken')).toBeUndefined()
      expect(await find('b')).toBeUndefined()
    })

    it('leaves out members that are undefined', async () => {
      await artifacts().put(token('a', { payload: { kept: 1, dropped: undefined } }))
      expect(Object.keys((await find('a'))?.payload ?? {})).toEqual(['kept'])
    })

    it('keeps keys apart that differ in odd characters only', async () => {
      await artifacts().put(token('a b', { payload: { n: 1 } }))
      await artifacts().put(token('a\u0000b', { payload: { n: 2 } }))
      await artifacts().put(token('A b', { payload: { n: 3 } }))
      expect((await find('a b'))?.payload).toEqual({ n: 1 })
      expect((await find('a\u0000b'))?.payload).toEqual({ n: 2 })
      expect((await find('A b'))?.payload).toEqual({ n: 3 })
    })

    it('finds what was put after a look-up had missed', async () => {
      expect(await find('a')).toBeUndefined()
      await artifacts().put(token('a'))
      expect(await find('a')).toBeDefined()
    })

    it('overwrites with the next revision and keeps the consumed mark', async () => {
      await artifacts().put(token('a', { payload: { n: 1 } }))
      await artifacts().consume('AccessToken', 'a')
      await artifacts().put(token('a', { payload: { n: 2 }, grantId: 'g', expiresAt: START + 2 * HOUR }))
      expect(await find('a')).toMatchObject({
        payload: { n: 2 },
        revision: 2,
        consumedAt: START,
        grantId: 'g',
        expiresAt: START + 2 * HOUR,
      })
    })

    it('does not find an artifact from the moment of its expiry', async () => {
      await artifacts().put(token('a', { expiresAt: START + 1000 }))
      current().time.now = START + 999
      expect(await find('a')).toBeDefined()
      current().time.now = START + 1000
      expect(await find('a')).toBeUndefined()
      expect(await artifacts().consume('AccessToken', 'a')).toEqual({ kind: 'gone' })
      expect(await artifacts().takeOnce('AccessToken', 'a')).toBeUndefined()
    })

    it('starts anew where an expired artifact was', async () => {
      await artifacts().put(token('a', { expiresAt: START + 1000 }))
      await artifacts().put(token('b', { expiresAt: START + 1000 }))
      await artifacts().consume('AccessToken', 'a')
      await artifacts().consume('AccessToken', 'b')
      current().time.now = START + 1000
      await artifacts().put(token('a'))
      expect(await artifacts().putIf(token('b'), 1)).toBe(false)
      expect(await artifacts().putIf(token('b'), 0)).toBe(true)
      for (const key of ['a', 'b']) {
        expect(await find(key)).toMatchObject({ revision: 1, consumedAt: undefined })
      }
    })

    it('says to the second consumer when the first one came, and gone for what is not there', async () => {
      await artifacts().put(token('a'))
      expect(await artifacts().consume('AccessToken', 'a')).toEqual({ kind: 'won' })
      current().time.now = START + 5
      expect(await artifacts().consume('AccessToken', 'a')).toEqual({ kind: 'lost', consumedAt: START })
      expect((await find('a'))?.consumedAt).toBe(START)
      expect(await artifacts().consume('AccessToken', 'b')).toEqual({ kind: 'gone' })
    })

    it('puts only over the revision that is expected', async () => {
      expect(await artifacts().putIf(token('a'), 1)).toBe(false)
      expect(await artifacts().putIf(token('a'), 0)).toBe(true)
      expect(await artifacts().putIf(token('a'), 0)).toBe(false)
      expect(await artifacts().putIf(token('a', { payload: { n: 2 } }), 1)).toBe(true)
      expect(await artifacts().putIf(token('a', { payload: { n: 3 } }), 1)).toBe(false)
      expect(await find('a')).toMatchObject({ payload: { n: 2 }, revision: 2 })
    })

    it('removes one artifact and leaves its neighbours', async () => {
      await artifacts().put(token('a'))
      await artifacts().put(token('a', { model: 'RefreshToken' }))
      await artifacts().remove('AccessToken', 'a')
      await artifacts().remove('AccessToken', 'never there')
      expect(await find('a')).toBeUndefined()
      expect(await find('a', 'RefreshToken')).toBeDefined()
    })

    it('removes a family whole and nothing else', async () => {
      for (const model of ['AccessToken', 'RefreshToken']) {
        await artifacts().put(token('a', { model, grantId: 'g1' }))
        await artifacts().put(token('b', { model, grantId: 'g2' }))
        await artifacts().put(token('c', { model }))
        await find('a', model)
      }
      await artifacts().removeFamily('g1')
      for (const model of ['AccessToken', 'RefreshToken']) {
        expect(await find('a', model)).toBeUndefined()
        expect(await find('b', model)).toBeDefined()
        expect(await find('c', model)).toBeDefined()
      }
    })

    it('marks once until the mark expires', async () => {
      const mark = () => artifacts().mark('jti', 'client-1 abc', START + 1000)
      expect(await mark()).toBe(true)
      expect(await mark()).toBe(false)
      expect(await artifacts().mark('dpop', 'client-1 abc', START + 1000)).toBe(true)
      current().time.now = START + 999
      expect(await mark()).toBe(false)
      current().time.now = START + 1000
      expect(await artifacts().mark('jti', 'client-1 abc', START + 2000)).toBe(true)
      expect(await artifacts().mark('jti', 'client-1 abc', START + 3000)).toBe(false)
    })

    it('is not changed by what a caller does to a payload it gave or was given', async () => {
      const payload = { list: ['a'] }
      await artifacts().put(token('a', { payload }))
      payload.list.push('b')
      const given = await find('a')
      if (given) given.payload.list = []
      expect((await find('a'))?.payload).toEqual({ list: ['a'] })
    })
  })
}
