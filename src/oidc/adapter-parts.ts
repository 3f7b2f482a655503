import type { AdapterPayload } from 'oidc-provider'
import { needsRestore } from '../domain/account-deletion.ts'
import type { Account, AccountStore, ArtifactStore, Clock } from '../domain/ports.ts'
import { removedAt } from '../domain/removed-clients.ts'
import type { SessionRecords } from './session-records.ts'

export interface AdapterParts {
  artifacts: ArtifactStore
  /** Grants and sessions of an account that was disabled or reset are dead. */
  accounts: Pick<AccountStore, 'find' | 'present'>
  /** Metadata of a registered client as the engine reads it. */
  client: (clientId: string) => Promise<AdapterPayload | undefined>
  /** Whether the client is there, and was at a moment (seconds). */
  clientExistedAt: (clientId: string, at: number) => Promise<boolean>
  now: Clock
  /** Seconds in which a used refresh token yields the same successor once more. */
  refreshGrace: number
  /** Takes note of each sign-in in a browser. */
  sessions: Pick<SessionRecords, 'started'>
}

/** With the store's name of a secret id. */
export type KeyedParts = AdapterParts & { keyOf: (id: string) => string }

/** A payload of this model, as the engine wrote it. */
export const isPayloadOf = (model: string, payload: object): payload is AdapterPayload =>
  'kind' in payload && payload.kind === model

/**
 * Proofs of a person, sessions and grants die with the account's `validAfter`, whatever the store still holds.
 *
 * @param bornAt seconds; of a session whole ones, so that a sign-in of the same second counts as older
 */
export const isAlive = (account: Account | undefined, bornAt: number | undefined): boolean =>
  account !== undefined && !account.disabled && milliseconds(bornAt) >= account.validAfter

/** Nobody is signed in to an account that waits for its removal. */
export const isSessionAlive = (account: Account | undefined, bornAt: number | undefined): boolean =>
  account !== undefined && !needsRestore(account) && isAlive(account, bornAt)

/**
 * Grants die as well when the person removes their client, or wants to leave. A removal is stored before anybody can agree anew, so what
 * was born at its very millisecond is older.
 *
 * @param bornAt seconds, with milliseconds as their fraction (`newGrant`)
 */
export const isGrantAlive = (
  account: Account | undefined,
  { clientId, bornAt }: { clientId: string; bornAt: number | undefined },
): boolean => {
  if (!account || !isSessionAlive(account, bornAt)) return false
  const removed = removedAt(account, clientId)
  return removed === undefined || milliseconds(bornAt) > removed
}

const milliseconds = (seconds = 0): number => Math.round(seconds * 1000)
