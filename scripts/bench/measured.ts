/** One run of a scenario. */
export interface Measured {
  /** Requests or steps per second. */
  rate: number
  /** Milliseconds within which half of them were answered. */
  p50: number
  /** Milliseconds within which 99 of 100 were answered. */
  p99: number
}

export const median = (figures: readonly number[]): number =>
  figures.toSorted((a, b) => a - b)[Math.floor(figures.length / 2)] ?? Number.NaN

/** The figures' medians, each for itself. */
export const medianOf = (runs: readonly Measured[]): Measured => ({
  rate: median(runs.map(({ rate }) => rate)),
  p50: median(runs.map(({ p50 }) => p50)),
  p99: median(runs.map(({ p99 }) => p99)),
})
