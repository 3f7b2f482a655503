import type Provider from 'oidc-provider'
import type { AdapterPayload, Client } from 'oidc-provider'

/** What the engine asks of the registered clients; `build.ts` answers from the registry in `domain/`. */
export interface EngineClients {
  /** Metadata in the words of RFC 7591; `revision` changes whenever the metadata does. Served from memory. */
  find(clientId: string): Promise<{ metadata: AdapterPayload; revision: number } | undefined>
  /** Compares a secret with the stored keyed hash, in constant time. */
  verifySecret(clientId: string, secret: string): Promise<boolean>
}

/**
 * Binds the engine to our clients. Its own look-up hashes the metadata at every request and keeps 100 clients; ours
 * keeps each parsed client until its revision changes. Secrets are compared with the stored hash.
 */
export const bindClients = (provider: Provider, clients: EngineClients): void => {
  const parsed = new Map<string, { revision: number; client: Client }>()
  const find = provider.Client.find.bind(provider.Client)
  provider.Client.find = async (id: string) => {
    const found = typeof id === 'string' ? await clients.find(id) : undefined
    if (!found) {
      parsed.delete(id)
      return undefined
    }
    const known = parsed.get(id)
    if (known?.revision === found.revision) return known.client
    const client = await find(id)
    if (client) parsed.set(id, { revision: found.revision, client })
    return client
  }
  provider.Client.prototype.compareClientSecret = function compareClientSecret(this: Client, actual: string) {
    return clients.verifySecret(this.clientId, actual)
  }
}
