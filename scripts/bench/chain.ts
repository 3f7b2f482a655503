import { Agent, request } from 'node:http'
import type { Measured } from './measured.ts'

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
 * Rate and latency of the steps of chains in which each request needs the answer of the one before.
 *
 * @param chains one step function for each connection; resolves when its step is done, rejects if it was refused
 */
export const measureChains = async (chains: (() => Promise<void>)[], seconds: number): Promise<Measured> => {
  const started = performance.now()
  const end = started + seconds * 1000
  const steps: number[] = []
  const run = async (step: () => Promise<void>): Promise<void> => {
    for (let begun = performance.now(); begun < end; begun = performance.now()) {
      await step()
      steps.push(performance.now() - begun)
    }
  }
  await Promise.all(chains.map(run))
  const rate = (steps.length * 1000) / (performance.now() - started)
  const inOrder = steps.toSorted((a, b) => a - b)
  const within = (share: number): number => inOrder[Math.floor(inOrder.length * share)] ?? Number.NaN
  return { rate, p50: within(0.5), p99: within(0.99) }
}
