import type { AdapterPayload } from 'oidc-provider'
import type { Account, ArtifactStore, Clock } from '../domain/ports.ts'

export interface AdapterParts {
  artifacts: ArtifactStore
  /** Present state of an account; grants and sessions of a disabled or reset one are dead. */
  account: (sub: string) => Promise<Account | undefined>
  /** Metadata of a registered client as the engine reads it. */
  client: (clientId: string) => Promise<AdapterPayload | undefined>
  now: Clock
  /** Seconds in which a used refresh token yields the same successor once more. */
  refreshGrace: number
}

/** With the store's name of a secret id. */
export type KeyedParts = AdapterParts & { keyOf: (id: string) => string }

/** A payload of this model, as the engine wrote it. */
export const isPayloadOf = (model: string, payload: object): payload is AdapterPayload =>
  'kind' in payload && payload.kind === model

/** Sessions and grants die with the account's `validAfter`, whatever the store still holds. */
export const isAlive = (account: Account | undefined, bornAtSeconds: number | undefined): boolean =>
  account !== undefined && !account.disabled && (bornAtSeconds ?? 0) * 1000 >= account.validAfter
