import type { Log } from '../domain/observe.ts'
import type { Order } from './messages.ts'
import { stopAll } from './stop.ts'
import type { Supervisor } from './supervisor.ts'

export interface Replacement {
  order: Order
  /** Milliseconds for a former worker to end; then it is killed. */
  patience: number
  log: Pick<Log, 'info' | 'error'>
}

/**
 * Replaces the workers one after another: a former one is stopped when its successor serves. Ends with the first
 * successor that cannot start; the workers that are there go on then.
 */
export const replaceAll = async (
  workers: Supervisor,
  { order, patience, log }: Replacement,
): Promise<void> => {
  log.info({ signal: order.signal }, 'replacing the workers one after another')
  for (const former of workers.serving()) {
    if (workers.isResting()) return
    const successor = workers.add()
    if (!(await successor.ready)) {
      log.error({}, 'a new worker could not start; the former ones go on')
      return
    }
    workers.dismiss(former)
    await stopAll([former], order, patience)
  }
  log.info({}, 'all workers are replaced')
}
