/** What the pages of second factors and passkeys in a sign-in need. */
export type FactorLocals = Record<never, never>
