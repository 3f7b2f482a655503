import type { Parts } from './parts.ts'
import { integer, list, text } from './reply.ts'
import { PROCESSES } from './scripts.ts'

/** Milliseconds between two signs of life, and after how many without one a process is forgotten. */
const INTERVAL = 10_000
const FORGOTTEN = 30_000

/** What the processes that use this Redis say of their clocks. */
export interface Clocks {
  /** Milliseconds that this process is ahead of Redis, the way of the question included. */
  own: number
  /** The same of each other process that gave a sign of life. */
  others: { id: string; skew: number }[]
}

export interface Processes {
  clocks(): Promise<Clocks>
  close(): void
}

/**
 * Registers this process and its clock now and then, to show clocks that differ.
 *
 * @param id of this process; without one it only looks
 */
export const processes = ({ calls, keys, now }: Parts, id: string | undefined): Processes => {
  const clocks = (): Promise<Clocks> =>
    calls.run(async () => {
      const reply = list(await calls.send('eval', PROCESSES, 1, keys.processes, now(), FORGOTTEN, id ?? ''))
      const [time, ...entries] = reply
      const present = entries.flatMap((entry, at) =>
        at % 2 === 0 ? [{ id: text(entry), skew: integer(entries[at + 1]) }] : [],
      )
      return { own: now() - integer(time), others: present.filter((one) => one.id !== id) }
    })

  // A sign of life that fails is made up for by the next one.
  const sign = (): void => void clocks().catch(() => undefined)
  const timer = id === undefined ? undefined : setInterval(sign, INTERVAL)
  timer?.unref()
  if (id !== undefined) sign()

  return { clocks, close: () => clearInterval(timer) }
}
