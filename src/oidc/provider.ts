import type { Middleware } from 'koa'
import Provider, { type JWKS } from 'oidc-provider'
import { digest } from '../domain/digest.ts'
import type { ArtifactStore } from '../domain/ports.ts'
import { bindClients, type EngineClients } from './clients.ts'
import { type ConfigurationParts, configuration } from './configuration.ts'
import { type DurabilityParts, durability } from './durability.ts'
import { type EventParts, listen } from './events.ts'
import { presentScope } from './introspection.ts'
import { ask } from './request-state.ts'

export type ProviderParts = Omit<ConfigurationParts, 'jwks'> &
  DurabilityParts &
  EventParts & {
    issuer: string
    clients: EngineClients
    artifacts: ArtifactStore
    /** Run around the engine's own work, in this order. */
    before: readonly Middleware[]
  }

/**
 * Makes one instance of the engine with these signing keys (about a millisecond). The keys cannot be changed later:
 * `engine.ts` makes a new instance and swaps it in.
 */
export const createProvider = (parts: ProviderParts, jwks: JWKS): Provider => {
  const provider = new Provider(parts.issuer, configuration({ ...parts, jwks }))
  // The edge has set Host and scheme to the issuer's, and dropped what a client claims about them.
  provider.proxy = true
  bindClients(provider, parts.clients)
  // RFC 7523 §3, RFC 9449 §11.1: of two parallel uses of one `jti` only one may pass, in whatever process.
  provider.ReplayDetection.unique = (iss, jti, exp) =>
    ask(parts.artifacts.mark('jti', digest(`${iss} ${jti}`), exp * 1000))
  for (const middleware of parts.before) provider.use(middleware)
  provider.use(durability(parts))
  provider.use(presentScope(parts.access))
  listen(provider, parts)
  return provider
}
