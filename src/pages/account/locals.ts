/** What the pages of the account console need. */
export type AccountLocals = Record<never, never>
