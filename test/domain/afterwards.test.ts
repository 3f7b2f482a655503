import { expect, it } from 'vitest'
import { afterwards } from '../../src/domain/afterwards.ts'

const arrange = () => {
  const lost: object[] = []
  return { lost, later: afterwards({ log: { error: (fields) => void lost.push(fields) } }) }
}

it('work is done after the present moment, a few at a time, and all of it', async () => {
  const { lost, later } = arrange()
  const state = { done: 0, running: 0, most: 0 }
  for (let n = 0; n < 50; n++) {
    later(async () => {
      state.running += 1
      state.most = Math.max(state.most, state.running)
      await new Promise((resolve) => setImmediate(resolve))
      state.running -= 1
      state.done += 1
    })
  }
  expect(state.running).toBe(0)
  await later.settled()
  expect([state.done, lost]).toEqual([50, []])
  expect(state.most).toBeLessThanOrEqual(4)
})

it('work that fails is logged, and the next one is done', async () => {
  const { lost, later } = arrange()
  let done = false
  later(() => Promise.reject(new Error('away')))
  later(async () => {
    done = true
  })
  await later.settled()
  expect([done, lost]).toEqual([true, [{ err: new Error('away') }]])
})

it('what is more than can wait is dropped and logged: memory stays bounded', async () => {
  const { lost, later } = arrange()
  let release: () => void = () => undefined
  const gate = new Promise<void>((resolve) => {
    release = resolve
  })
  let done = 0
  for (let n = 0; n < 2_000; n++) {
    later(async () => {
      await gate
      done += 1
    })
  }
  await new Promise((resolve) => setTimeout(resolve, 20))
  release()
  await later.settled()
  expect(done + lost.length).toBe(2_000)
  expect(lost.length).toBeGreaterThan(900)
})
