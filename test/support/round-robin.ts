import { once } from 'node:events'
import { createServer, type IncomingMessage, request, type ServerResponse } from 'node:http'
import { pipeline } from 'node:stream/promises'
import { freePort } from './free-port.ts'

export interface RoundRobin {
  port: number
  /** Ports that requests go to from now on. */
  setTargets(ports: readonly number[]): void
  /** How many requests each of the present targets has answered. */
  served(): number[]
  stop(): Promise<void>
}

type Header = [name: string, value: string]

/** RFC 9110 section 7.6.1: what concerns one connection only. */
const HOP_BY_HOP = new Set([
  ...['connection', 'keep-alive', 'proxy-connection', 'proxy-authenticate', 'proxy-authorization'],
  ...['te', 'trailer', 'transfer-encoding', 'upgrade'],
])

/** Milliseconds that a client's idle connection stays: longer than a test, so that none closes under a request. */
const KEEP_ALIVE = 600_000

/**
 * An HTTP/1.1 reverse proxy on loopback that sends every request to the next target in turn, whichever connection it
 * comes by. The client's `Host` stays.
 *
 * Each request has a connection of its own to its target: a target that ends may close an idle one at any moment, and
 * nobody could tell whether it had read the request. A request that its target did not answer goes on to the next one
 * if nothing of it was sent, as with a target that refuses, or if it is a GET or HEAD; else the answer is 502. So a
 * POST can be lost to a target that stops listening in that very moment: take it out by `setTargets` before.
 *
 * @param ownPort where it listens; a free port by default
 */
export const startRoundRobin = async (ports: readonly number[], ownPort?: number): Promise<RoundRobin> => {
  const port = ownPort ?? (await freePort())
  const counts = new Map<number, number>()
  let targets = ports
  let turn = 0
  const handle = async (incoming: IncomingMessage, answer: ServerResponse): Promise<void> => {
    const inOrder = targets.map((_, at) => targets[(turn + at) % targets.length] ?? 0)
    turn += 1
    for (const target of inOrder) {
      if (answer.destroyed) break
      const reply = await ask(target, incoming, answer)
      if (typeof reply === 'object') {
        counts.set(target, (counts.get(target) ?? 0) + 1)
        return relay(reply, answer)
      }
      if (reply === 'sent' && !isRepeatable(incoming)) break
    }
    // A body that nobody has read makes the connection useless.
    answer.writeHead(502, { 'content-type': 'text/plain', connection: 'close' }).end('no target answered')
  }
  const server = createServer({ keepAliveTimeout: KEEP_ALIVE }, handle).listen(port, '127.0.0.1')
  await once(server, 'listening')
  return {
    port,
    setTargets(next) {
      targets = next
    },
    served: () => targets.map((target) => counts.get(target) ?? 0),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}

/** Resolves with the target's answer, or with how far a request came that has none. */
const ask = (port: number, incoming: IncomingMessage, answer: ServerResponse) =>
  new Promise<IncomingMessage | 'unsent' | 'sent'>((resolve) => {
    let progress: 'unsent' | 'sent' = 'unsent'
    const { method, url: path } = incoming
    const headers = forwarded(incoming).flat()
    const outgoing = request({ host: '127.0.0.1', port, method, path, headers, agent: false })
    outgoing.on('socket', (socket) =>
      socket.once('connect', () => {
        progress = 'sent'
        if (incoming.readableEnded) outgoing.end()
        else incoming.pipe(outgoing)
      }),
    )
    outgoing.on('response', resolve)
    // A target may answer before it has read the body; what nobody wants would stand before the client's next request.
    outgoing.once('close', () => {
      if (progress === 'sent') incoming.unpipe(outgoing).resume()
    })
    outgoing.on('error', () => resolve(progress))
    // A client that has gone takes its request along.
    answer.once('close', () => outgoing.destroy())
  })

/** Either side may leave; the other one then sees its connection break. */
const relay = async (reply: IncomingMessage, answer: ServerResponse): Promise<void> => {
  answer.writeHead(reply.statusCode ?? 502, reply.statusMessage, endToEnd(reply.rawHeaders).flat())
  await pipeline(reply, answer).catch(() => undefined)
}

const isRepeatable = ({ method, headers }: IncomingMessage): boolean =>
  (method === 'GET' || method === 'HEAD') && !hasBody(headers)

const hasBody = (headers: IncomingMessage['headers']): boolean =>
  headers['content-length'] !== undefined || headers['transfer-encoding'] !== undefined

const endToEnd = (raw: readonly string[]): Header[] =>
  Array.from(
    { length: raw.length / 2 },
    (_, at): Header => [raw[2 * at] ?? '', raw[2 * at + 1] ?? ''],
  ).filter(([name]) => !HOP_BY_HOP.has(name.toLowerCase()))

const forwarded = ({ headers, rawHeaders, socket }: IncomingMessage): Header[] => {
  const ours = {
    'x-forwarded-for': [headers['x-forwarded-for'] ?? [], socket.remoteAddress ?? ''].flat().join(', '),
    'x-forwarded-host': headers.host ?? '',
    'x-forwarded-proto': 'http',
    // A target that is told to close would break off a body it refuses, and its answer with it.
    connection: 'keep-alive',
    // The framing is of each hop: a body of unknown length stays one, and none stays none.
    ...(headers['transfer-encoding'] === undefined ? {} : { 'transfer-encoding': 'chunked' }),
    ...(hasBody(headers) ? {} : { 'content-length': '0' }),
  }
  const theirs = endToEnd(rawHeaders).filter(([name]) => !(name.toLowerCase() in ours))
  return [...theirs, ...Object.entries(ours)]
}
