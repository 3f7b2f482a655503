import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import type { JWKS } from 'oidc-provider'
import { cacheDocuments, type Documents } from './documents.ts'
import { createProvider, type ProviderParts } from './provider.ts'

/** The engine behind one replaceable reference, so that signing keys rotate without a restart. */
export interface Engine {
  /** The present instance. Never keep it beyond a request. */
  provider(): Provider
  handle(request: IncomingMessage, response: ServerResponse): void
  /** Discovery and JWKS from memory. */
  documents: Documents
  /** Makes a new instance with these keys; requests under way finish on the old one. */
  useKeys(jwks: JWKS): Promise<void>
}

/** @param maxAge seconds for which discovery and JWKS may be cached by relying parties */
export const startEngine = async (parts: ProviderParts, jwks: JWKS, maxAge: number): Promise<Engine> => {
  const start = async (keys: JWKS) => {
    const provider = createProvider(parts, keys)
    return { provider, handle: provider.callback(), documents: await cacheDocuments(provider, maxAge) }
  }
  let current = await start(jwks)
  return {
    provider: () => current.provider,
    handle: (request, response) => void current.handle(request, response),
    documents: (request, response) => current.documents(request, response),
    useKeys: async (keys) => {
      current = await start(keys)
    },
  }
}
