/** Milliseconds. */
const FIRST = 1_000
const MOST = 30_000
/** Milliseconds; a worker that has lived longer did not die of its start. */
const YOUNG = 30_000

export interface Backoff {
  /**
   * How many milliseconds to wait before a worker is started again: each time twice as long while they die young.
   *
   * @param lived milliseconds from its start to its end
   */
  after(lived: number): number
}

export const backoff = (): Backoff => {
  let next = FIRST
  return {
    after(lived) {
      const pause = lived < YOUNG ? next : FIRST
      next = Math.min(pause * 2, MOST)
      return pause
    },
  }
}
