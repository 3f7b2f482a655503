import { once } from 'node:events'
import { createServer } from 'node:http'

/** A loopback server of an application that the gate calls: it keeps what came, and answers with `answer`. */
export interface ApplicationServer {
  /** With an IP address, as `OUTBOUND_ALLOW` names it. */
  origin: string
  received: { path: string; body: string }[]
  close(): Promise<void>
}

/** @param answer status and JSON body for a path */
export const startApplication = async (
  answer: (path: string) => { status: number; body?: unknown } = () => ({ status: 200 }),
): Promise<ApplicationServer> => {
  const received: ApplicationServer['received'] = []
  const server = createServer(async (request, response) => {
    const body = (await request.toArray()).join('')
    const path = request.url ?? ''
    received.push({ path, body })
    const { status, body: json } = answer(path)
    response.writeHead(status, { 'content-type': 'application/json' })
    response.end(json === undefined ? '' : JSON.stringify(json))
  })
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const address = server.address()
  if (address === null || typeof address === 'string') throw new Error('no port')
  return {
    origin: `http://127.0.0.1:${address.port}`,
    received,
    async close() {
      server.closeAllConnections()
      server.close()
      await once(server, 'close')
    },
  }
}
