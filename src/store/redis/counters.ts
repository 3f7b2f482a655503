import type { Counter, CounterStore } from '../../domain/ports.ts'
import { SLACK } from './keys.ts'
import type { Parts } from './parts.ts'
import { integer, list } from './reply.ts'
import { DECREMENT, INCREMENT } from './scripts.ts'

const counterFrom = ([count, resetAt]: unknown[]): Counter => ({
  count: integer(count),
  resetAt: integer(resetAt),
})

export const counterStore = ({ calls, confirm, keys, now }: Parts): CounterStore => {
  const { send, run } = calls
  const write = <Result>(work: () => Promise<Result>): Promise<Result> => run(() => confirm(work))

  return {
    increment: (key, window) =>
      write(async () => {
        const start = now()
        const reply = await send('eval', INCREMENT, 1, keys.counter(key), start, start + window, SLACK)
        return counterFrom(list(reply))
      }),
    read: (key) =>
      run(async () => {
        const [count, resetAt] = list(await send('hmget', keys.counter(key), 'count', 'resetAt'))
        if (resetAt === null) return undefined
        const counter = counterFrom([count, resetAt])
        return counter.resetAt > now() ? counter : undefined
      }),
    decrement: (key) =>
      write(async () => {
        await send('eval', DECREMENT, 1, keys.counter(key), now())
      }),
    reset: (key) =>
      write(async () => {
        await send('del', keys.counter(key))
      }),
  }
}
