import { createHash } from 'node:crypto'
import type { IncomingMessage, ServerResponse } from 'node:http'
import type Provider from 'oidc-provider'
import { internalRequest } from './internal-request.ts'

/** A public document of the engine, ready to be written as it is. */
interface CachedDocument {
  body: Buffer
  etag: string
}

/** Answers a GET or HEAD of a cached document; false if the path is none. */
export type Documents = (request: IncomingMessage, response: ServerResponse) => boolean

export const documentPaths = [
  '/.well-known/openid-configuration',
  '/.well-known/oauth-authorization-server',
  '/oauth2/jwks',
]

/**
 * Asks the engine once for discovery and JWKS and serves them from memory until its keys change.
 *
 * @param maxAge seconds for which a relying party may keep them; a key is published at least that long before use
 */
export const cacheDocuments = async (provider: Provider, maxAge: number): Promise<Documents> => {
  const documents = new Map<string, CachedDocument>()
  for (const path of documentPaths) documents.set(path, await render(provider, path))
  const cacheControl = `public, max-age=${maxAge}`
  return (request, response) => {
    const document = request.url === undefined ? undefined : documents.get(request.url)
    if (!document || (request.method !== 'GET' && request.method !== 'HEAD')) return false
    const { body, etag } = document
    const unchanged = isKnown(etag, request.headers['if-none-match'])
    response.writeHead(unchanged ? 304 : 200, {
      'content-type': 'application/json; charset=utf-8',
      'content-length': unchanged ? 0 : body.length,
      'cache-control': cacheControl,
      etag,
      'access-control-allow-origin': '*',
      'x-content-type-options': 'nosniff',
    })
    response.end(unchanged || request.method === 'HEAD' ? undefined : body)
    return true
  }
}

/** RFC 9110 §13.1.2: a list, compared weakly, for a proxy that compresses makes a tag weak. */
const isKnown = (etag: string, ifNoneMatch = ''): boolean =>
  ifNoneMatch.split(',').some((tag) => ['*', etag, `W/${etag}`].includes(tag.trim()))

const render = async (provider: Provider, path: string): Promise<CachedDocument> => {
  const { host, protocol } = new URL(provider.issuer)
  const headers = { host, 'x-forwarded-proto': protocol.slice(0, -1), accept: 'application/json' }
  const { status, body } = await internalRequest(provider.callback(), { method: 'GET', path, headers })
  if (status !== 200) throw new Error(`the engine answered ${status} for ${path}`)
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}
