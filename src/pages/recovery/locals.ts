/** What the pages of a forgotten password and a proof of an address need. */
export type RecoveryLocals = Record<never, never>
