import type { Log } from '../domain/observe.ts'
import { backoff } from './backoff.ts'
import type { Ended, RunningWorker } from './running-worker.ts'

export interface SupervisorParts {
  /** How many are to serve. */
  count: number
  /** Starts one. */
  launch(): RunningWorker
  log: Log
  /** Milliseconds, never set back. */
  now(): number
  /** Called when one has ended. */
  onEnd(worker: RunningWorker): void
}

export type Start =
  | { kind: 'serving' }
  /** It was told to rest meanwhile. */
  | { kind: 'stopped' }
  /** All ended before one was ready: `faults` is what they said, `code` the exit code of the last. */
  | { kind: 'failed'; code: number; faults: string[] }

export interface Supervisor {
  /** Starts them all; resolves when the first one serves, or when none can. */
  start(): Promise<Start>
  /** Starts one more, which counts at once. */
  add(): RunningWorker
  /** From here on this one does not count, and is not started again. */
  dismiss(worker: RunningWorker): void
  /** Those that count. */
  serving(): readonly RunningWorker[]
  /** Those that count, and those that are on their way out. */
  living(): readonly RunningWorker[]
  /** From here on nothing is started again. */
  rest(): void
  isResting(): boolean
}

/** Keeps so many workers serving: what ends unasked is started again, later and later while they die young. */
export const supervisor = (parts: SupervisorParts): Supervisor => {
  const { count, launch, log, now, onEnd } = parts
  const { after } = backoff()
  const serving = new Set<RunningWorker>()
  const living = new Set<RunningWorker>()
  let phase: 'starting' | 'begun' | 'resting' = 'starting'
  let timer: NodeJS.Timeout | undefined

  const fill = (): void => {
    timer = undefined
    while (serving.size < count) add()
  }
  const fillLater = (lived: number): void => {
    // While they start for the first time a fault may be everybody's: then none is started again.
    if (phase !== 'begun' || timer !== undefined || serving.size >= count) return
    const pause = after(lived)
    log.info({ seconds: pause / 1000 }, 'a worker is started again soon')
    timer = setTimeout(fill, pause)
  }
  const add = (): RunningWorker => {
    const worker = launch()
    const since = now()
    log.info({ worker: worker.pid }, 'worker started')
    serving.add(worker)
    living.add(worker)
    void worker.ended.then((end) => {
      living.delete(worker)
      onEnd(worker)
      const isAsked = !serving.delete(worker) || phase === 'resting'
      logEnd(log, worker, { ...end, isAsked })
      fillLater(now() - since)
    })
    return worker
  }

  return {
    async start() {
      const first = Array.from({ length: count }, add)
      const outcome = await firstReady(first)
      if (phase === 'resting') return { kind: 'stopped' }
      if (outcome.kind === 'serving') phase = 'begun'
      fillLater(0)
      return outcome
    },
    add,
    dismiss: (worker) => void serving.delete(worker),
    serving: () => [...serving],
    living: () => [...living],
    rest() {
      phase = 'resting'
      clearTimeout(timer)
    },
    isResting: () => phase === 'resting',
  }
}

const logEnd = (log: Log, { pid }: RunningWorker, end: Ended & { isAsked: boolean }): void => {
  const { code, signal, fault, isAsked } = end
  const fields = { worker: pid, code, signal, fault }
  if (isAsked && code === 0) log.info(fields, 'worker ended')
  else log.error(fields, 'worker ended unexpectedly')
}

const firstReady = async (workers: readonly RunningWorker[]): Promise<Start> => {
  const ready = workers.map(async (worker) => {
    if (!(await worker.ready)) throw new Error('ended before it was ready')
  })
  try {
    await Promise.any(ready)
    return { kind: 'serving' }
  } catch {
    const ends = await Promise.all(workers.map(({ ended }) => ended))
    const faults = new Set(ends.flatMap(({ fault }) => fault ?? []))
    return { kind: 'failed', code: ends.at(-1)?.code || 1, faults: [...faults] }
  }
}
