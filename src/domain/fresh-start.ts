import type { Clock } from './ports.ts'

/**
 * Waits until what is born from now on is younger than the end of everything: sessions and grants are born in whole
 * seconds, and one of the same second would be taken for an old one.
 */
export type FreshStart = () => Promise<void>

/** @param parts.wait resolves after so many milliseconds */
export const freshStart =
  ({ now, wait }: { now: Clock; wait: (milliseconds: number) => Promise<unknown> }): FreshStart =>
  async () => {
    await wait(1_000 - (now() % 1_000))
  }
