import type { MergedMetrics } from '../adapters/metrics.ts'
import { type Checks, health } from '../http/health.ts'
import type { ManagementParts } from '../management.ts'
import type { Supervisor } from './supervisor.ts'

/** Passes when one worker is ready: the port that they share goes to those that are. */
const someReady = async (workers: Supervisor): Promise<void> => {
  const answers = workers.serving().map(async (worker) => {
    if ((await worker.ask('ready')) !== 'yes') throw new Error('not ready')
  })
  await Promise.any(answers)
}

/** A worker that does not answer in time counts with what it reported last. */
const render = async (workers: Supervisor, merged: MergedMetrics) => {
  await Promise.allSettled(workers.living().map((worker) => worker.ask('report')))
  // At this one moment a worker is either among the living or retired: nothing is counted twice.
  const living = workers.living()
  return merged.render(
    living.flatMap((worker) => worker.lastReport() ?? []),
    living.length,
  )
}

/**
 * What the one management port of all workers shows: the primary asks them over their channels, for a worker that
 * listened there itself would answer for itself alone.
 */
export const oversight = (
  workers: Supervisor,
  { merged, running }: { merged: MergedMetrics; running: Checks[string] },
): ManagementParts => ({
  health: health({ running, workers: () => someReady(workers) }),
  render: () => render(workers, merged),
})
