import { type IncomingHttpHeaders, IncomingMessage, ServerResponse } from 'node:http'
import { Socket } from 'node:net'

export interface InternalRequest {
  method: 'GET' | 'POST'
  path: string
  /** Names in lower case; what the edge would have written included. */
  headers: Record<string, string>
  /** Fields of a form. */
  form?: Record<string, string>
}

export interface InternalAnswer {
  status: number
  headers: ReturnType<ServerResponse['getHeaders']>
  body: Buffer
}

export type Handle = (request: IncomingMessage, response: ServerResponse) => unknown

/** Written by the edge for the outer request, and true for the one inside of it. */
const OF_THE_EDGE = ['host', 'x-forwarded-for', 'x-forwarded-proto', 'x-request-id']

/** What the edge found out about a request, for one that is made on its behalf. */
export const edgeHeaders = (outer: IncomingHttpHeaders): Record<string, string> =>
  Object.fromEntries(
    OF_THE_EDGE.flatMap((name) => {
      const value = outer[name]
      return typeof value === 'string' ? [[name, value]] : []
    }),
  )

const internal = new WeakSet<IncomingMessage>()

/** Whether a request was made by this server and not by a client. */
export const isInternal = (request: IncomingMessage): boolean => internal.has(request)

/** Runs a route of the engine without a connection and resolves with what it would have sent. */
export const internalRequest = (
  handle: Handle,
  { method, path, headers, form }: InternalRequest,
): Promise<InternalAnswer> => {
  const request = new IncomingMessage(new Socket())
  const body = form && new URLSearchParams(form).toString()
  const framing =
    body === undefined
      ? {}
      : {
          'content-type': 'application/x-www-form-urlencoded',
          'content-length': String(Buffer.byteLength(body)),
        }
  Object.assign(request, { method, url: path })
  request.headers = { ...headers, ...framing }
  if (body !== undefined) request.push(body)
  request.push(null)
  internal.add(request)
  const response = new ServerResponse(request)
  return new Promise((resolve) => {
    response.end = (chunk: unknown) => {
      resolve({
        status: response.statusCode,
        headers: response.getHeaders(),
        body: Buffer.from(chunk === undefined || chunk === null ? '' : String(chunk)),
      })
      return response
    }
    handle(request, response)
  })
}
