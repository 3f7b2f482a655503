/** Milliseconds that a key outlives what it holds, so that nothing is gone before its time on our clock. */
export const SLACK = 1000

/** Milliseconds for a key to live, from the process's own clock, however far Redis's clock is from it. */
export const ttl = (expiresAt: number, now: number): number => Math.max(1, Math.ceil(expiresAt - now)) + SLACK

/** The names of all keys. Models and kinds are words of this program and hold no colon. */
export const keys = (prefix: string) => ({
  artifact: (model: string, key: string) => `${prefix}a:${model}:${key}`,
  family: (grantId: string) => `${prefix}f:${grantId}`,
  mark: (kind: string, key: string) => `${prefix}m:${kind}:${key}`,
  counter: (key: string) => `${prefix}c:${key}`,
  processes: `${prefix}processes`,
  changes: `${prefix}changes`,
})

export type Keys = ReturnType<typeof keys>
