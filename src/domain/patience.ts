import { Refusal } from '../errors.ts'

/** Runs work that may be repeated until the store has answered, or has been away for too long. */
export type Patience = <Result>(work: () => Promise<Result>) => Promise<Result>

/** With the pause that the drivers ask for, half a minute and more: time for a failover. */
const ATTEMPTS = 15

/** @param pause waits for a number of seconds */
export const patience =
  (pause: (seconds: number) => Promise<unknown>): Patience =>
  async (work) => {
    for (let attempt = 1; ; attempt++) {
      try {
        return await work()
      } catch (error) {
        const seconds = error instanceof Refusal ? error.retryAfter : undefined
        if (seconds === undefined || attempt === ATTEMPTS) throw error
        await pause(seconds)
      }
    }
  }
