import type { IncomingMessage, ServerResponse } from 'node:http'

/**
 * One part of the server. True: it has taken the request and answers it. False: it may have looked at the request or
 * put it straight, and the next part goes on.
 */
export type Part = (request: IncomingMessage, response: ServerResponse) => boolean

/** The path of a request target in origin form, without its query. */
export const pathOf = (request: IncomingMessage): string => {
  const target = request.url ?? '/'
  const end = target.indexOf('?')
  return end < 0 ? target : target.slice(0, end)
}

/** Answers with a small JSON document that nobody keeps. */
export const answerJson = (
  response: ServerResponse,
  status: number,
  body: object,
  headers: Record<string, string> = {},
): void => {
  const text = JSON.stringify(body)
  response.writeHead(status, {
    'content-type': 'application/json; charset=utf-8',
    'content-length': Buffer.byteLength(text),
    'cache-control': 'no-store',
    'x-content-type-options': 'nosniff',
    ...headers,
  })
  response.end(text)
}
