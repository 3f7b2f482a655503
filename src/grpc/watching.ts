import type { ServerWritableStream } from '@grpc/grpc-js'

export type Serving = 'SERVING' | 'NOT_SERVING'
export interface HealthAnswer {
  status: Serving | 'SERVICE_UNKNOWN'
}
export type Watcher = ServerWritableStream<unknown, HealthAnswer>

/** Milliseconds between looks while somebody watches. */
const LOOK = 1000
const MOST = 100

/** Who wants to be told when something changes. */
export interface Watching {
  isFull(): boolean
  /** Tells it the present, and every change from here on. */
  add(watcher: Watcher): Promise<void>
  /** Tells it once that there is nothing to be told, and keeps its stream open. */
  addInVain(watcher: Watcher): void
  tell(present: Serving): void
  /** Ends the streams of all. */
  close(): void
}

/** @param look asked once a second as long as anybody watches */
export const watching = (look: () => Promise<Serving>): Watching => {
  const all = new Set<Watcher>()
  const told = new Map<Watcher, Serving>()
  let timer: NodeJS.Timeout | undefined

  const begin = (watcher: Watcher): void => {
    all.add(watcher)
    watcher.once('cancelled', () => {
      all.delete(watcher)
      told.delete(watcher)
    })
  }
  const tell = (present: Serving): void => {
    for (const [watcher, last] of told) {
      if (last === present) continue
      told.set(watcher, present)
      watcher.write({ status: present })
    }
  }
  const lookLater = (): void => {
    timer ??= setTimeout(async () => {
      tell(await look())
      timer = undefined
      if (told.size > 0) lookLater()
    }, LOOK).unref()
  }
  return {
    isFull: () => all.size >= MOST,
    async add(watcher) {
      begin(watcher)
      const present = await look()
      if (watcher.cancelled) return
      told.set(watcher, present)
      watcher.write({ status: present })
      lookLater()
    },
    addInVain(watcher) {
      begin(watcher)
      watcher.write({ status: 'SERVICE_UNKNOWN' })
    },
    tell,
    close() {
      clearTimeout(timer)
      for (const watcher of all) watcher.end()
    },
  }
}
