import type { Assignment, ClientRecord } from '../ports.ts'
import { type Client, type ClientInput, completed, hasSecret } from './metadata.ts'
import { formerSecretOf } from './rotation.ts'
import { clientOf, parseStored, type StoredClient } from './stored.ts'

/** A client as who administers it sees it: never a secret. */
export interface RegisteredClient {
  client: Client
  disabled: boolean
  assignments: readonly Assignment[]
  /** Made by the development start. */
  demo: boolean
  /** Milliseconds until which the secret before the present one is accepted; undefined if there is none. */
  formerSecretUntil: number | undefined
}

/** @param now milliseconds */
export const registeredOf = (stored: StoredClient, now: number): RegisteredClient => ({
  client: clientOf(stored),
  disabled: stored.disabled,
  assignments: stored.assignments,
  demo: stored.demo,
  formerSecretUntil: formerSecretOf(stored, now)?.until,
})

export type ClientReplaced =
  /** `secret` in clear if the client has one now and had none before: shown once, kept nowhere. */
  | { kind: 'replaced'; before: Client; after: RegisteredClient; secret: string | undefined }
  /** It is not what the caller knows. */
  | { kind: 'stale' }
  | { kind: 'unknown' }

/** Puts a client in place of the registered one. */
export type ReplaceClient = (
  input: ClientInput,
  isExpected: (present: RegisteredClient) => boolean,
) => Promise<ClientReplaced>

export interface ReplacingParts {
  find(clientId: string): Promise<ClientRecord | undefined>
  /** Compare-and-set; false if somebody else got through. */
  write(present: ClientRecord, next: StoredClient): Promise<boolean>
  newSecret: () => string
  /** Keyed hash of a secret. */
  macOf: (secret: string) => string
  /** Milliseconds. */
  now: () => number
}

/**
 * What the input leaves out is as for a new client. Its secret, its roles and whether it is disabled stay: each has a
 * call of its own.
 */
export const replaceClient =
  ({ find, write, newSecret, macOf, now }: ReplacingParts): ReplaceClient =>
  async ({ client_secret, ...input }, isExpected) => {
    const made = newSecret()
    // Each refused write means that somebody else got through, so this ends.
    for (;;) {
      const record = await find(input.client_id)
      if (!record) return { kind: 'unknown' }
      const stored = parseStored(record)
      if (!isExpected(registeredOf(stored, now()))) return { kind: 'stale' }
      const client = completed(input)
      const isFirst = hasSecret(client) && stored.client_secret_mac === undefined
      const next = withClient(stored, client, isFirst ? macOf(made) : stored.client_secret_mac)
      if (!(await write(record, next))) continue
      const after = registeredOf(next, now())
      return { kind: 'replaced', before: clientOf(stored), after, secret: isFirst ? made : undefined }
    }
  }

const withClient = (
  { demo, disabled, registered_at, assignments, former_secret: former }: StoredClient,
  client: Client,
  mac: string | undefined,
): StoredClient => ({
  ...client,
  demo,
  disabled,
  registered_at,
  assignments,
  ...(hasSecret(client) && mac !== undefined ? { client_secret_mac: mac } : {}),
  ...(hasSecret(client) && former ? { former_secret: former } : {}),
})
