import { setTimeout as sleep } from 'node:timers/promises'
import type { Foundation } from './build.ts'

/** Milliseconds until a store that did not answer is asked again. */
const PAUSE = 2_000

/**
 * Logs what an operator should know of the store, as soon as it answers. The server does not wait for it.
 *
 * @param isOver whether nobody wants to know any more
 */
export const reportStore = async (
  { store, log }: Pick<Foundation, 'store' | 'log'>,
  isOver: () => boolean,
): Promise<void> => {
  while (!isOver()) {
    try {
      for (const { subject, state, text } of await store.inspect()) {
        if (state !== 'fine') log.warn({ subject, state }, text)
      }
      return
    } catch {
      // The store that is away has its own line in the log.
      await sleep(PAUSE, undefined, { ref: false })
    }
  }
}
