import { createServer, type IncomingMessage } from 'node:http'
import { text } from 'node:stream/consumers'

/** A small site at an origin of its own. */
export interface Station {
  origin: string
  /** Method and address of every request so far. */
  visits(): string[]
  close(): Promise<void>
}

/**
 * Listens on a free port.
 *
 * @param host `127.0.0.1` or `localhost`: to a browser they are two sites
 * @param onward where to send a visitor, by the parameters of the query or of the form; undefined: they stay
 */
export const openStation = async (
  host: string,
  onward: (parameters: string, path: string) => string | undefined,
): Promise<Station> => {
  const visits: string[] = []
  const parametersOf = async (request: IncomingMessage): Promise<string> =>
    request.method === 'POST' ? text(request) : (request.url?.split('?')[1] ?? '')
  const server = createServer(async (request, response) => {
    visits.push(`${request.method} ${request.url}`)
    const location = onward(await parametersOf(request), request.url?.split('?')[0] ?? '')
    if (location !== undefined) return response.writeHead(303, { location }).end()
    response.setHeader('content-type', 'text/html')
    // No request for an icon, whose absence the console would tell.
    return response.end(
      '<!doctype html><title>Arrived</title><link rel="icon" href="data:,"><h1>Arrived</h1>',
    )
  })
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    origin: `http://${host}:${address.port}`,
    visits: () => visits,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve())
        server.closeAllConnections()
      }),
  }
}
