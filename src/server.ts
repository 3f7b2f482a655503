import { createServer, type Server } from 'node:http'
import type { Part } from './http/part.ts'

/** The parts in the order in which a request meets them; the first that takes it answers. */
export interface ServerParts {
  health: Part
  /** Before the edge: the answers are the same for everybody, whatever a request claims. */
  documents: Part
  edge: Part
  observe: Part
  engine: Part
  api: Part
  access: Part
  admin: Part
  pages: Part
}

/** Headers beyond this are answered 431. */
const HEADER_BYTES = 16 * 1024
/** Milliseconds for all headers, and for the whole request; a slower one is answered 408. */
const HEADERS_TIMEOUT = 10_000
const REQUEST_TIMEOUT = 30_000
/** Milliseconds between looks for requests that are too slow. */
const TIMEOUT_LOOK = 2_000
/** Milliseconds that an idle connection is kept: longer than a load balancer keeps its own. */
const KEEP_ALIVE = 65_000

/** The table of contents: what this server is made of. */
export const server = ({
  health,
  documents,
  edge,
  observe,
  engine,
  api,
  access,
  admin,
  pages,
}: ServerParts): Server => {
  const parts = [health, documents, edge, observe, engine, api, access, admin, pages]
  const limits = {
    maxHeaderSize: HEADER_BYTES,
    headersTimeout: HEADERS_TIMEOUT,
    requestTimeout: REQUEST_TIMEOUT,
    connectionsCheckingInterval: TIMEOUT_LOOK,
    keepAliveTimeout: KEEP_ALIVE,
  }
  return createServer(limits, (request, response) => {
    parts.some((part) => part(request, response))
  })
}
