import cluster from 'node:cluster'
import type { Server } from 'node:http'
import { mergedMetrics } from '../adapters/metrics.ts'
import type { Config } from '../config.ts'
import type { Log } from '../domain/observe.ts'
import { listen } from '../listen.ts'
import { management } from '../management.ts'
import { stopAtSignal } from '../stop-signals.ts'
import { oversight } from './oversight.ts'
import { replaceAll } from './replace.ts'
import { runningWorker } from './running-worker.ts'
import { killAll, stopAll } from './stop.ts'
import { type Start, type Supervisor, supervisor } from './supervisor.ts'

export interface Overseen extends Pick<Config, 'workers' | 'drain'> {
  /** The program of a worker; it gets the environment and the options of node of this process. */
  program: string
  managementPort: number | undefined
  log: Log
  /** Writes out the log, before the end. */
  flush(): void
}

/** Milliseconds for a worker to close its stores when its drain is over. */
const CLOSING = 5_000
/** Seconds: in this time connections in use learn that they end, so that no request meets a closed one. */
const HANDOVER = 1

/**
 * Runs the workers: starts again what dies, stops all at SIGTERM or SIGINT, and replaces them one after another at
 * SIGHUP. They share their port: the primary accepts, and hands each connection to the next of them.
 *
 * @throws ListenFault if the management port cannot be had
 */
export const oversee = async ({ program, log, flush, ...settings }: Overseen): Promise<Start> => {
  cluster.setupPrimary({ exec: program, args: [] })
  const merged = await mergedMetrics()
  const workers = supervisor({
    count: settings.workers,
    launch: () => runningWorker(cluster.fork()),
    log,
    now: () => performance.now(),
    onEnd(worker) {
      const report = worker.lastReport()
      if (report !== undefined) merged.retire(report)
    },
  })
  const running = async (): Promise<void> => {
    if (workers.isResting()) throw new Error('stopping')
  }
  const side = await openSide(settings.managementPort, () => oversight(workers, { merged, running }))
  const { delay, timeout } = settings.drain
  const patience = (delay + timeout) * 1000 + CLOSING

  stopAtSignal({
    async stop(signal) {
      log.info({ signal }, 'stopping')
      workers.rest()
      const code = await stopAll(workers.living(), { signal }, patience)
      side?.close()
      flush()
      return code
    },
    force: () => killAll(workers.living()),
  })
  const outcome = await workers.start()
  if (outcome.kind === 'serving') replaceAtSignal(workers, { patience: patience + HANDOVER * 1000, log })
  flush()
  return outcome
}

const openSide = async (
  port: number | undefined,
  parts: () => Parameters<typeof management>[0],
): Promise<Server | undefined> => {
  if (port === undefined) return undefined
  return listen(management(parts()), { name: 'MANAGEMENT_PORT', host: '127.0.0.1', port })
}

const replaceAtSignal = (workers: Supervisor, parts: { patience: number; log: Log }): void => {
  let isBusy = false
  process.on('SIGHUP', (signal) => {
    if (isBusy) return parts.log.warn({ signal }, 'the workers are being replaced already')
    isBusy = true
    const order = { signal, handover: HANDOVER }
    replaceAll(workers, { ...parts, order })
      .catch((err) => parts.log.error({ err }, 'the workers could not be replaced'))
      .finally(() => {
        isBusy = false
      })
  })
}
