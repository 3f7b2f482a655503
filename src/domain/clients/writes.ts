import { isDeepStrictEqual } from 'node:util'
import { distinct } from '../access/assignment.ts'
import type { AccountStore, Assignment, ClientRecord, ClientStore, Clock, Sealer } from '../ports.ts'
import { type Client, type ClientInput, completed, hasSecret } from './metadata.ts'
import { type ReplaceClient, replaceClient } from './replacing.ts'
import { withSecret } from './rotation.ts'
import { clientOf, parseStored, type StoredClient } from './stored.ts'

export interface ClientWriteParts {
  store: ClientStore
  accounts: Pick<AccountStore, 'find'>
  sealer: Pick<Sealer, 'mac'>
  /** A secret of 256 random bits (N-10). */
  newSecret: () => string
  /** Called after every write. */
  notice: () => void
  now: Clock
}

export type SecretRotated =
  /** `secret` in clear: shown once, kept nowhere. The former one is accepted until `formerUntil` (milliseconds). */
  | { kind: 'rotated'; secret: string; formerUntil: number }
  /** The client does not authenticate with a secret. */
  | { kind: 'no_secret' }
  | { kind: 'unknown' }

export type ClientCreated =
  /** `secret` in clear if one was made: shown once, kept nowhere. */
  | { kind: 'created'; client: Client; secret: string | undefined }
  /** The id has a client, or is the sub of an account (N-17). */
  | { kind: 'taken' }

export interface MergeOptions {
  demo: boolean
  assignments?: readonly Assignment[] | undefined
}

/** What changes the registered clients. */
export interface ClientWrites {
  /** @param input without faults (`parseClient`) */
  create(input: ClientInput): Promise<ClientCreated>
  /**
   * Registers the client, or changes what the input names of it; the same again changes nothing.
   *
   * @param input without faults (`parseClient`); a new client that has a secret brings it
   * @param options.demo whether production shall remove it
   * @param options.assignments replace what it has; undefined leaves that alone
   */
  merge(input: ClientInput, options: MergeOptions): Promise<Client>
  /**
   * Puts a client in place of the registered one, if that is what the caller knows.
   *
   * @param input without faults (`parseClient`)
   */
  replace: ReplaceClient
  /** Gives a client roles for what it does itself; false if there is no such client. */
  assign(clientId: string, assignments: readonly Assignment[]): Promise<boolean>
  unassign(clientId: string, isGone: (assignment: Assignment) => boolean): Promise<boolean>
  /**
   * Makes a new secret. The present one is accepted beside it for a while, so that the application can be told in its
   * own time; one that was on its way out already ends at once.
   *
   * @param options.overlap seconds; 0: the present one ends now
   */
  rotateSecret(clientId: string, options: { overlap: number }): Promise<SecretRotated>
  /** Nobody finds a disabled client: nothing is issued to it, and what it has is dead. False if there is none. */
  setDisabled(clientId: string, disabled: boolean): Promise<boolean>
  remove(clientId: string): Promise<boolean>
  /** Removes what the development start has registered; resolves with the ids. */
  removeDemo(): Promise<string[]>
}

export const SECRET_PURPOSE = 'client-secret'

/** Writes clients to the store, each change by compare-and-set. */
export const clientWrites = ({
  store,
  accounts,
  sealer,
  newSecret,
  notice,
  now,
}: ClientWriteParts): ClientWrites => {
  const macOf = (secret: string): string => sealer.mac(SECRET_PURPOSE, secret)
  /** The record after a change; the mac is made under the newest key. */
  const changed = (
    input: ClientInput,
    present: StoredClient | undefined,
    options: MergeOptions,
  ): StoredClient => {
    const { demo, assignments = present?.assignments ?? [] } = options
    const client = completed(input, present && clientOf(present))
    const { client_secret: secret } = input
    const mac = secret === undefined ? present?.client_secret_mac : macOf(secret)
    const { disabled, registered_at } = present ?? { disabled: false, registered_at: now() }
    const rest = { demo, disabled, registered_at, assignments: [...assignments] }
    const former = mac === present?.client_secret_mac ? present?.former_secret : undefined
    return {
      ...client,
      ...rest,
      ...(hasSecret(client) && mac !== undefined ? { client_secret_mac: mac } : {}),
      ...(hasSecret(client) && former ? { former_secret: former } : {}),
    }
  }
  const write = async (present: ClientRecord | undefined, next: StoredClient): Promise<boolean> => {
    const { kind } = present
      ? await store.replace({ ...present, metadata: next })
      : await store.insert({ clientId: next.client_id, metadata: next, version: 1 })
    notice()
    return kind === 'inserted' || kind === 'replaced'
  }
  const remove = async (clientId: string): Promise<boolean> => {
    const existed = await store.remove(clientId)
    notice()
    return existed
  }
  /** Compare-and-set; the edit may run more than once. False if there is no such client. */
  const change = async (clientId: string, edit: (stored: StoredClient) => StoredClient): Promise<boolean> => {
    for (;;) {
      const record = await store.find(clientId)
      if (!record) return false
      const stored = parseStored(record)
      const next = edit(stored)
      if (isDeepStrictEqual(stored, next) || (await write(record, next))) return true
    }
  }
  const changeAssignments = (clientId: string, edit: (present: readonly Assignment[]) => Assignment[]) =>
    change(clientId, (stored) => ({ ...stored, assignments: edit(stored.assignments) }))
  return {
    assign: (clientId, assignments) =>
      changeAssignments(clientId, (present) => distinct([...present, ...assignments])),
    unassign: (clientId, isGone) =>
      changeAssignments(clientId, (present) => present.filter((assignment) => !isGone(assignment))),
    async create(input) {
      if (await accounts.find(input.client_id)) return { kind: 'taken' }
      const client = completed(input)
      const secret = hasSecret(client) && input.client_secret === undefined ? newSecret() : undefined
      const whole = secret === undefined ? input : { ...input, client_secret: secret }
      const isNew = await write(undefined, changed(whole, undefined, { demo: false }))
      return isNew ? { kind: 'created', client, secret } : { kind: 'taken' }
    },
    async merge(input, options) {
      // Each refused write means that somebody else got through, so this ends.
      for (;;) {
        const record = await store.find(input.client_id)
        const next = changed(input, record && parseStored(record), options)
        if (isDeepStrictEqual(record?.metadata, next)) return clientOf(next)
        if (await write(record, next)) return clientOf(next)
      }
    },
    replace: replaceClient({ find: store.find, write, newSecret, macOf, now }),
    async rotateSecret(clientId, { overlap }) {
      const record = await store.find(clientId)
      if (!record) return { kind: 'unknown' }
      if (!hasSecret(clientOf(parseStored(record)))) return { kind: 'no_secret' }
      const [secret, at] = [newSecret(), now()]
      const secretNow = { mac: macOf(secret), overlap: overlap * 1000, now: at }
      if (!(await change(clientId, (stored) => withSecret(stored, secretNow)))) return { kind: 'unknown' }
      return { kind: 'rotated', secret, formerUntil: at + overlap * 1000 }
    },
    setDisabled: (clientId, disabled) => change(clientId, (stored) => ({ ...stored, disabled })),
    remove,
    async removeDemo() {
      const demos = (await store.list()).filter((record) => parseStored(record).demo)
      for (const { clientId } of demos) await remove(clientId)
      return demos.map(({ clientId }) => clientId)
    },
  }
}
