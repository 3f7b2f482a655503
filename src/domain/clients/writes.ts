import { isDeepStrictEqual } from 'node:util'
import { distinct } from '../access/assignment.ts'
import type { AccountStore, Assignment, ClientRecord, ClientStore, Sealer } from '../ports.ts'
import { type Client, type ClientInput, completed, hasSecret } from './metadata.ts'
import { clientOf, parseStored, type StoredClient } from './stored.ts'

export interface ClientWriteParts {
  store: ClientStore
  accounts: Pick<AccountStore, 'find'>
  sealer: Pick<Sealer, 'mac'>
  /** A secret of 256 random bits (N-10). */
  newSecret: () => string
  /** Called after every write. */
  notice: () => void
}

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
  /** Gives a client roles for what it does itself; false if there is no such client. */
  assign(clientId: string, assignments: readonly Assignment[]): Promise<boolean>
  unassign(clientId: string, isGone: (assignment: Assignment) => boolean): Promise<boolean>
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
}: ClientWriteParts): ClientWrites => {
  /** The record after a change; the mac is made under the newest key. */
  const changed = (
    input: ClientInput,
    present: StoredClient | undefined,
    options: MergeOptions,
  ): StoredClient => {
    const { demo, assignments = present?.assignments ?? [] } = options
    const client = completed(input, present && clientOf(present))
    const { client_secret: secret } = input
    const mac = secret === undefined ? present?.client_secret_mac : sealer.mac(SECRET_PURPOSE, secret)
    const rest = { demo, assignments: [...assignments] }
    return {
      ...client,
      ...rest,
      ...(hasSecret(client) && mac !== undefined ? { client_secret_mac: mac } : {}),
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
  const changeAssignments = async (
    clientId: string,
    edit: (present: readonly Assignment[]) => Assignment[],
  ): Promise<boolean> => {
    for (;;) {
      const record = await store.find(clientId)
      if (!record) return false
      const stored = parseStored(record)
      if (await write(record, { ...stored, assignments: edit(stored.assignments) })) return true
    }
  }
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
    remove,
    async removeDemo() {
      const demos = (await store.list()).filter((record) => parseStored(record).demo)
      for (const { clientId } of demos) await remove(clientId)
      return demos.map(({ clientId }) => clientId)
    },
  }
}
