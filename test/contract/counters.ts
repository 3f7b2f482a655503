import { describe, expect, it } from 'vitest'
import { parallel, START, type TestStore } from './open-for-test.ts'

export const describeCounters = (current: () => TestStore): void => {
  const counters = () => current().store.counters

  describe('counters', () => {
    it('counts in a window that starts with the first hit', async () => {
      expect(await counters().read('a')).toBeUndefined()
      expect(await counters().increment('a', 1000)).toEqual({ count: 1, resetAt: START + 1000 })
      current().time.now = START + 999
      expect(await counters().increment('a', 1000)).toEqual({ count: 2, resetAt: START + 1000 })
      expect(await counters().read('a')).toEqual({ count: 2, resetAt: START + 1000 })
      expect(await counters().read('b')).toBeUndefined()
    })

    it('starts again when the window ends', async () => {
      await counters().increment('a', 1000)
      current().time.now = START + 1000
      expect(await counters().read('a')).toBeUndefined()
      expect(await counters().increment('a', 1000)).toEqual({ count: 1, resetAt: START + 2000 })
    })

    it('gives 100 parallel hits 100 different counts', async () => {
      const states = await parallel(100, () => counters().increment('a', 1000))
      expect(new Set(states.map(({ count }) => count)).size).toBe(100)
      expect((await counters().read('a'))?.count).toBe(100)
    })

    it('takes hits back, but never below zero', async () => {
      await counters().increment('a', 1000)
      await parallel(3, () => counters().decrement('a'))
      expect((await counters().read('a'))?.count).toBe(0)
      await counters().decrement('unknown')
      expect(await counters().read('unknown')).toBeUndefined()
    })

    it('forgets on reset', async () => {
      await counters().increment('a', 1000)
      await counters().reset('a')
      expect(await counters().read('a')).toBeUndefined()
    })
  })
}
