import type { Order } from './messages.ts'
import type { RunningWorker } from './running-worker.ts'

/**
 * Stops the workers in parallel.
 *
 * @param patience milliseconds; who lives longer is killed
 * @returns 0 if all of them ended in order
 */
export const stopAll = async (
  workers: readonly RunningWorker[],
  order: Order,
  patience: number,
): Promise<number> => {
  for (const worker of workers) worker.stop(order)
  const timer = setTimeout(() => killAll(workers), patience)
  const ends = await Promise.all(workers.map(({ ended }) => ended))
  clearTimeout(timer)
  return ends.every(({ code }) => code === 0) ? 0 : 1
}

/** SIGKILL to all. */
export const killAll = (workers: readonly RunningWorker[]): void => {
  for (const worker of workers) worker.kill()
}
