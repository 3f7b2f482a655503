import type { Account } from './ports.ts'

type Removed = Account['clientsValidAfter']

/** Longer than any grant lives. */
const KEPT = 400 * 24 * 3_600_000
const MOST = 1000

/** Remembers the removal of a client; forgets those from before any grant that could still be there. */
export const withRemoved = (before: Removed, clientId: string, at: number): Removed =>
  [
    ...before.filter((removed) => removed.clientId !== clientId && at - removed.at < KEPT),
    { clientId, at },
  ].slice(-MOST)

/** Milliseconds of the last removal of this client by this person. */
export const removedAt = ({ clientsValidAfter }: Account, clientId: string): number | undefined =>
  clientsValidAfter.find((removed) => removed.clientId === clientId)?.at
