import type { MailOutcome } from '../../domain/mail.ts'

export interface QueueParts<Item> {
  /** Rejects if it cannot be delivered now; an error with `permanent: true` says that it never can. */
  deliver(item: Item): Promise<void>
  /** Told once for each item; `error` is what the last attempt said. */
  onEnd(item: Item, outcome: MailOutcome, error?: unknown): void
  /** Milliseconds before each further attempt. */
  pauses: readonly number[]
  /** Deliveries at the same time. */
  parallel: number
  /** Items that are held at most; one more is dropped. */
  capacity: number
}

export interface DeliveryQueue<Item> {
  /** Returns at once and never throws. */
  add(item: Item): void
  /** Resolves when every item taken so far has come to its end. */
  settled(): Promise<void>
  /**
   * Takes no more. What waits for another attempt gets it now, as its last; what is then not delivered is dropped.
   *
   * @param patience milliseconds
   */
  close(patience: number): Promise<void>
}

interface Entry<Item> {
  item: Item
  tries: number
  /** Set while it waits for its next attempt. */
  timer: NodeJS.Timeout | undefined
}

const isPermanent = (error: unknown): boolean =>
  error instanceof Error && 'permanent' in error && error.permanent === true

/** Delivers in the background, a few at a time, and tries again what fails. It is in memory: a crash loses it. */
export const deliveryQueue = <Item>(parts: QueueParts<Item>): DeliveryQueue<Item> => {
  const held = new Set<Entry<Item>>()
  const state = { isClosed: false }
  let whenEmpty = Promise.withResolvers<void>()

  const end = (entry: Entry<Item>, outcome: MailOutcome, error?: unknown): void => {
    if (!held.delete(entry)) return
    parts.onEnd(entry.item, outcome, error)
    if (held.size > 0) return
    whenEmpty.resolve()
    whenEmpty = Promise.withResolvers()
  }
  const attempt = async (entry: Entry<Item>): Promise<void> => {
    entry.timer = undefined
    const pause = parts.pauses[entry.tries]
    entry.tries += 1
    try {
      await parts.deliver(entry.item)
      end(entry, 'sent')
    } catch (error) {
      if (pause === undefined || state.isClosed || isPermanent(error)) return end(entry, 'failed', error)
      entry.timer = setTimeout(() => start(entry), pause)
    }
  }
  const start = inTurns(parts.parallel, attempt)
  const settled = async (): Promise<void> => {
    if (held.size > 0) await whenEmpty.promise
  }

  return {
    add(item) {
      if (state.isClosed || held.size >= parts.capacity) return parts.onEnd(item, 'dropped')
      const entry = { item, tries: 0, timer: undefined }
      held.add(entry)
      // Not within the request that causes it.
      setImmediate(() => start(entry))
    },
    settled,
    async close(patience) {
      state.isClosed = true
      for (const entry of held) if (entry.timer !== undefined) startNow(entry, start)
      const timer = setTimeout(() => {
        for (const entry of [...held]) end(entry, 'dropped')
      }, patience)
      await settled()
      clearTimeout(timer)
    },
  }
}

const startNow = <Item>(entry: Entry<Item>, start: (entry: Entry<Item>) => void): void => {
  clearTimeout(entry.timer)
  start(entry)
}

/** Runs a task for each value, some at the same time and the others in order. */
const inTurns = <Value>(most: number, task: (value: Value) => Promise<void>): ((value: Value) => void) => {
  const waiting: Value[] = []
  let running = 0
  const work = (): void => {
    if (running >= most) return
    const value = waiting.shift()
    if (value === undefined) return
    running += 1
    void task(value).finally(() => {
      running -= 1
      work()
    })
  }
  return (value) => {
    waiting.push(value)
    work()
  }
}
