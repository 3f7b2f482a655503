import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { json as readJson } from 'node:stream/consumers'
import { accessTokens } from './access-token.ts'
import { decisions, NoDecision } from './decisions.ts'
import { addOrder, type Order, orders } from './orders.ts'
import { settings } from './settings.ts'

const tokenOf = accessTokens(settings)
const { may, allowed } = decisions(settings)
const { pathname: root } = new URL(settings.resource)

interface Call {
  request: IncomingMessage
  response: ServerResponse
  /** Of the person whose token came with the request. */
  sub: string
}

const answer = (response: ServerResponse, status: number, body: unknown) =>
  response
    .writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' })
    .end(JSON.stringify(body))

const unavailable = (response: ServerResponse) =>
  answer(response.setHeader('retry-after', '5'), 503, { error: 'temporarily_unavailable' })

/** Undefined for a body that does not name an item. */
const itemOf = async (request: IncomingMessage): Promise<string | undefined> => {
  const size = Number(request.headers['content-length'] ?? Number.NaN)
  if (!(size <= 1024)) return undefined
  const body: unknown = await readJson(request).catch(() => undefined)
  const item = typeof body === 'object' && body !== null && 'item' in body ? body.item : undefined
  return typeof item === 'string' && item !== '' ? item : undefined
}

// About the API as a whole: the scope of the token has said it, and nobody has to be asked.
const add = async ({ request, response, sub }: Call) => {
  const item = await itemOf(request)
  if (item === undefined) return answer(response, 400, { error: 'item_required' })
  return answer(response, 201, addOrder(sub, item))
}

// About many orders: one question for all of them.
const list = async ({ response, sub }: Call) =>
  answer(response, 200, await allowed(sub, 'orders:read', [...orders.values()]))

// About one order: no token says who may see or edit it, or that nobody edits an archived one.
const show = ({ response }: Call, order: Order) => answer(response, 200, order)

const edit = async ({ request, response, sub }: Call, order: Order) => {
  const item = await itemOf(request)
  if (item === undefined) return answer(response, 400, { error: 'item_required' })
  if (!(await may(sub, 'orders:edit', order))) return answer(response, 403, { error: 'not_yours_to_edit' })
  order.item = item
  return answer(response, 200, order)
}

const archive = async ({ response, sub }: Call, order: Order) => {
  if (!(await may(sub, 'orders:edit', order))) return answer(response, 403, { error: 'not_yours_to_edit' })
  order.archived = true
  return answer(response, 200, order)
}

const aboutAll = new Map<string, (call: Call) => unknown>([
  ['GET', list],
  ['POST', add],
])
const aboutOne = new Map<string, (call: Call, order: Order) => unknown>([
  ['GET', show],
  ['PATCH', edit],
  ['DELETE', archive],
])

const aboutOrder = async (call: Call, id: string) => {
  const order = orders.get(id)
  // Whoever may not see it does not learn that it is there.
  if (!order || !(await may(call.sub, 'orders:read', order)))
    return answer(call.response, 404, { error: 'not_found' })
  const work = aboutOne.get(call.request.method ?? '')
  return work ? work(call, order) : answer(call.response, 405, { error: 'method_not_allowed' })
}

const route = async (request: IncomingMessage, response: ServerResponse) => {
  const token = await tokenOf(request, 'orders:use')
  if (token.kind === 'unavailable') return unavailable(response)
  if (token.kind === 'refused') {
    const pairs = Object.entries(token.challenge).map(([name, value]) => `${name}="${value}"`)
    response.setHeader('www-authenticate', `Bearer ${pairs.join(', ')}`.trim())
    return answer(response, token.status, { error: token.challenge.error ?? 'token_required' })
  }
  const call = { request, response, sub: token.sub }
  const [pathname = ''] = (request.url ?? '').split('?')
  if (pathname.startsWith(`${root}/`)) return aboutOrder(call, pathname.slice(root.length + 1))
  if (pathname !== root) return answer(response, 404, { error: 'not_found' })
  const work = aboutAll.get(request.method ?? '')
  return work ? work(call) : answer(response, 405, { error: 'method_not_allowed' })
}

createServer((request, response) => {
  route(request, response).catch((error: unknown) => {
    console.error(error)
    // Who does not know refuses, and says that it is not the caller's fault.
    if (error instanceof NoDecision) unavailable(response)
    else answer(response, 500, { error: 'internal' })
  })
}).listen(settings.port, '127.0.0.1', () => console.log(`Orders API: ${settings.resource}`))
