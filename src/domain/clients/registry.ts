import type { ClientRights } from '../access/decision.ts'
import type { AccountStore, ClientStore, Sealer, Store } from '../ports.ts'
import { liveClients } from './live-clients.ts'
import type { Client } from './metadata.ts'
import { secretCheck } from './secret-check.ts'
import {
  builtInMetadata,
  clientOf,
  type EngineMetadata,
  engineMetadata,
  parseStored,
  rightsOf,
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
}

/** The registered clients. The methods reject with a refusal when they cannot know. */
export interface ClientRegistry extends ClientWrites {
  /** For the engine: `revision` changes whenever the metadata does. From memory. */
  find(clientId: string): Promise<{ metadata: EngineMetadata; revision: number } | undefined>
  metadata(clientId: string): Promise<EngineMetadata | undefined>
  /** For the access rules. From memory. */
  permissions(clientId: string): Promise<ClientRights | undefined>
  /** Compares with the stored keyed hash, in constant time (N-10). */
  verifySecret(clientId: string, secret: string): Promise<boolean>
  /** In order of their id. */
  list(): Promise<Client[]>
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
  const builtIns = new Map(builtInMetadata(parts.issuer).map((metadata) => [metadata.client_id, metadata]))
  return {
    ...clientWrites({ ...parts, newSecret, notice: live.notice }),
    async find(clientId) {
      const builtIn = builtIns.get(clientId)
      if (builtIn) return { metadata: builtIn, revision: 0 }
      const found = await live.find(clientId)
      return found && { metadata: found.view.metadata, revision: found.revision }
    },
    metadata: async (clientId) => builtIns.get(clientId) ?? (await live.find(clientId))?.view.metadata,
    permissions: async (clientId) => (await live.find(clientId))?.view.rights,
    async verifySecret(clientId, secret) {
      const mac = (await live.find(clientId))?.view.stored.client_secret_mac
      return mac !== undefined && isSecret(mac, secret)
    },
    list: async () => (await store.list()).map((record) => clientOf(parseStored(record))),
  }
}
