import type { ClientRights } from '../access/decision.ts'
import type { AccountStore, ClientStore, Clock, Sealer, Store } from '../ports.ts'
import { liveClients } from './live-clients.ts'
import type { Client } from './metadata.ts'
import { type RegisteredClient, registeredOf } from './replacing.ts'
import { goodMacs } from './rotation.ts'
import { secretCheck } from './secret-check.ts'
import {
  builtInMetadata,
  clientOf,
  type EngineMetadata,
  engineMetadata,
  parseStored,
  rightsOf,
  type StoredClient,
} from './stored.ts'
import { type ClientWrites, clientWrites } from './writes.ts'

export interface ClientRegistryParts {
  issuer: string
  store: ClientStore
  accounts: Pick<AccountStore, 'find'>
  onChange: Store['onChange']
  sealer: Pick<Sealer, 'mac' | 'macs'>
  /** Random bytes of a cryptographic generator. */
  random: (size: number) => Buffer
  now: Clock
}

/** The registered clients. The methods reject with a refusal when they cannot know. */
export interface ClientRegistry extends ClientWrites {
  /** For the engine: `revision` changes whenever the metadata does. From memory. */
  find(clientId: string): Promise<{ metadata: EngineMetadata; revision: number } | undefined>
  metadata(clientId: string): Promise<EngineMetadata | undefined>
  /**
   * Whether what was given to this client at a moment is its own: it is there, enabled, and was registered by then. A
   * client that is removed and registered anew has nothing of the one before it. From memory.
   *
   * @param at seconds; whole ones are taken as the end of theirs
   */
  existedAt(clientId: string, at: number): Promise<boolean>
  /** For the access rules. From memory. */
  permissions(clientId: string): Promise<ClientRights | undefined>
  /** Compares with the stored keyed hash, in constant time (N-10). */
  verifySecret(clientId: string, secret: string): Promise<boolean>
  /** In order of their id, the disabled ones included. */
  list(): Promise<Client[]>
  /** Whether it is disabled or not. */
  registered(clientId: string): Promise<RegisteredClient | undefined>
  /** All of them, in order of their id. */
  allRegistered(): Promise<RegisteredClient[]>
}

const SECRET_BYTES = 32

/** Clients rest in the store; what every request needs of them is in memory until something changes. */
export const clientRegistry = (parts: ClientRegistryParts): ClientRegistry => {
  const { store, sealer } = parts
  const newSecret = (): string => parts.random(SECRET_BYTES).toString('base64url')
  // The engine only looks whether there is a secret. Nobody knows this one, should it ever be compared after all.
  const placeholder = newSecret()
  const isSecret = secretCheck({ sealer, salt: newSecret() })
  const live = liveClients(parts, (record) => {
    const stored = parseStored(record)
    const client = clientOf(stored)
    return { stored, metadata: engineMetadata(client, placeholder), rights: rightsOf(stored) }
  })
  const enabled = async (clientId: string) => {
    const found = await live.find(clientId)
    return found?.view.stored.disabled === false ? found : undefined
  }
  const registered = (stored: StoredClient): RegisteredClient => registeredOf(stored, parts.now())
  const builtIns = new Map(builtInMetadata(parts.issuer).map((metadata) => [metadata.client_id, metadata]))
  return {
    ...clientWrites({ ...parts, newSecret, notice: live.notice }),
    async find(clientId) {
      const builtIn = builtIns.get(clientId)
      if (builtIn) return { metadata: builtIn, revision: 0 }
      const found = await enabled(clientId)
      return found && { metadata: found.view.metadata, revision: found.revision }
    },
    metadata: async (clientId) => builtIns.get(clientId) ?? (await enabled(clientId))?.view.metadata,
    async existedAt(clientId, at) {
      if (builtIns.has(clientId)) return true
      const found = await enabled(clientId)
      return found !== undefined && endOf(at) >= found.view.stored.registered_at
    },
    permissions: async (clientId) => (await enabled(clientId))?.view.rights,
    async verifySecret(clientId, secret) {
      const found = await enabled(clientId)
      // Each is compared, so that the time does not tell which one it was.
      const matches = (found ? goodMacs(found.view.stored, parts.now()) : []).map((mac) =>
        isSecret(mac, secret),
      )
      return matches.includes(true)
    },
    list: async () => (await store.list()).map((record) => clientOf(parseStored(record))),
    async registered(clientId) {
      const record = await store.find(clientId)
      return record && registered(parseStored(record))
    },
    allRegistered: async () => (await store.list()).map((record) => registered(parseStored(record))),
  }
}

/** Milliseconds. Most tokens say the second only, and a client may get one in the second of its registration. */
const endOf = (seconds: number): number =>
  Number.isInteger(seconds) ? seconds * 1000 + 999 : Math.round(seconds * 1000)
