import { Agent, request } from 'node:http'

export interface Answer {
  status: number
  location: string
  cookies: string[]
  text: string
}

export type Send = (
  method: 'GET' | 'POST',
  path: string,
  headers: Record<string, string>,
  body?: string,
) => Promise<Answer>

/** A client with one keep-alive connection. */
export const connection = (base: string): Send => {
  const agent = new Agent({ keepAlive: true, maxSockets: 1 })
  return (method, path, headers, body) =>
    new Promise((resolve, reject) => {
      const outgoing = request(
        base + path,
        {
          method,
          headers: body ? { ...headers, 'content-length': Buffer.byteLength(body) } : headers,
          agent,
        },
        (incoming) => {
          let text = ''
          incoming.setEncoding('latin1')
          incoming.on('data', (chunk: string) => {
            text += chunk
          })
          incoming.on('end', () =>
            resolve({
              status: incoming.statusCode ?? 0,
              location: incoming.headers.location ?? '',
              cookies: incoming.headers['set-cookie'] ?? [],
              text,
            }),
          )
        },
      )
      outgoing.on('error', reject)
      outgoing.end(body)
    })
}

/**
 * Steps per second of chains in which each request needs the answer of the one before.
 *
 * @param chains one step function for each connection; resolves when its step is done, rejects if it was refused
 */
export const measureChains = async (chains: (() => Promise<void>)[], seconds: number): Promise<number> => {
  const started = performance.now()
  const end = started + seconds * 1000
  let steps = 0
  const run = async (step: () => Promise<void>): Promise<void> => {
    while (performance.now() < end) {
      await step()
      steps += 1
    }
  }
  await Promise.all(chains.map(run))
  return (steps * 1000) / (performance.now() - started)
}
