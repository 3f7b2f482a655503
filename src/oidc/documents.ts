import { createHash } from 'node:crypto'
import { IncomingMessage, ServerResponse as Response, type ServerResponse } from 'node:http'
import { Socket } from 'node:net'
import type Provider from 'oidc-provider'

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

/** Runs the engine's own route without a connection and keeps what it would have sent. */
const render = async (provider: Provider, path: string): Promise<CachedDocument> => {
  const request = new IncomingMessage(new Socket())
  const { host, protocol } = new URL(provider.issuer)
  Object.assign(request, { method: 'GET', url: path })
  request.headers = { host, 'x-forwarded-proto': protocol.slice(0, -1), accept: 'application/json' }
  const response = new Response(request)
  const body = await new Promise<Buffer>((resolve) => {
    response.end = (chunk: unknown) => {
      resolve(Buffer.from(String(chunk)))
      return response
    }
    provider.callback()(request, response)
  })
  if (response.statusCode !== 200) throw new Error(`the engine answered ${response.statusCode} for ${path}`)
  return { body, etag: `"${createHash('sha256').update(body).digest('base64url').slice(0, 22)}"` }
}
