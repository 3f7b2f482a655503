import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json as readJson } from 'node:stream/consumers'
import { accessTokens } from './access-token.ts'
import { settings } from './settings.ts'

const { port, issuer, resource, allowedOrigins } = settings
const path = new URL(resource).pathname
const metadataPath = `/.well-known/oauth-protected-resource${path}`
const metadataUrl = new URL(metadataPath, resource).href
const access = accessTokens(settings)

const orders = new Map<string, { id: number; item: string }[]>()
const ordersOf = (sub: string) => orders.get(sub) ?? [{ id: 1042, item: 'Brass lantern' }]

const answer = (response: ServerResponse, status: number, body: unknown) =>
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body))

// Browsers ask first whether a page of another origin may call us (CORS); a page we do not know gets no permission.
const allowOrigin = ({ headers: { origin = '' } }: IncomingMessage, response: ServerResponse) => {
  response.setHeader('vary', 'Origin')
  if (!allowedOrigins.includes(origin)) return
  response.setHeader('access-control-allow-origin', origin)
  response.setHeader('access-control-allow-headers', 'authorization, content-type')
  response.setHeader('access-control-allow-methods', 'GET, POST')
  response.setHeader('access-control-expose-headers', 'www-authenticate')
}

const challenge = (members: Record<string, string>) => {
  const pairs = Object.entries({ ...members, resource_metadata: metadataUrl })
  return `Bearer ${pairs.map(([name, value]) => `${name}="${value}"`).join(', ')}`
}

/** Runs `work` for the person whose token allows `scope`; otherwise answers why not. */
const withScope = async (
  request: IncomingMessage,
  response: ServerResponse,
  scope: string,
  work: (sub: string) => unknown,
) => {
  const result = await access(request, scope)
  if (result.kind === 'unavailable')
    return answer(response.setHeader('retry-after', '5'), 503, { error: 'temporarily_unavailable' })
  if (result.kind === 'granted') return work(result.sub)
  response.setHeader('www-authenticate', challenge(result.challenge))
  return answer(response, result.status, { error: result.challenge.error ?? 'token_required' })
}

const addOrder = async (request: IncomingMessage, response: ServerResponse, sub: string) => {
  if (
    Number(request.headers['content-length'] ?? Number.NaN) > 1024 ||
    request.headers['transfer-encoding']
  ) {
    return answer(response.setHeader('connection', 'close'), 413, { error: 'too_large' })
  }
  const body: unknown = await readJson(request).catch(() => undefined)
  const item = typeof body === 'object' && body !== null && 'item' in body ? body.item : undefined
  if (typeof item !== 'string' || item === '') return answer(response, 400, { error: 'item_required' })
  const order = { id: 1042 + ordersOf(sub).length, item }
  orders.set(sub, [...ordersOf(sub), order])
  return answer(response, 201, order)
}

const route = async (request: IncomingMessage, response: ServerResponse) => {
  allowOrigin(request, response)
  const [pathname] = (request.url ?? '').split('?')
  if (pathname === metadataPath) {
    // RFC 9728: tells a client that knows only our address where to get a token.
    const scopes_supported = ['orders:read', 'orders:write']
    return answer(response, 200, {
      resource,
      authorization_servers: [issuer],
      scopes_supported,
      bearer_methods_supported: ['header'],
    })
  }
  if (pathname !== path) return answer(response, 404, { error: 'not_found' })
  if (request.method === 'OPTIONS') return response.writeHead(204).end()
  if (request.method === 'GET')
    return withScope(request, response, 'orders:read', (sub) => answer(response, 200, ordersOf(sub)))
  if (request.method === 'POST')
    return withScope(request, response, 'orders:write', (sub) => addOrder(request, response, sub))
  return answer(response.setHeader('allow', 'GET, POST'), 405, { error: 'method_not_allowed' })
}

createServer((request, response) => {
  route(request, response).catch((error: unknown) => {
    console.error(error)
    answer(response, 500, { error: 'internal' })
  })
}).listen(port, '127.0.0.1', () => console.log(`Orders API: ${resource}`))
