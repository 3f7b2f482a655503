import { execFile } from 'node:child_process'
import { mkdtemp, readFile, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Measured } from './measured.ts'
import type { Load } from './scenarios.ts'

/** Connections; the calls under way share them, as those of a program do. */
const CONNECTIONS = 4

export interface GrpcRequest {
  port: number
  /** Such as `/gatehouse.v1.Access/Evaluate`. */
  path: string
  token: string
  message: Buffer
}

/** A message as gRPC frames it: not compressed, its length, its bytes. */
const framed = (message: Buffer): Buffer => {
  const head = Buffer.alloc(5)
  head.writeUInt32BE(message.length, 1)
  return Buffer.concat([head, message])
}

/** Milliseconds of each request of a log, shortest first. The last column is microseconds. */
const durations = (log: string): number[] =>
  log
    .trim()
    .split('\n')
    .map((line) => Number(line.split('\t')[2]) / 1000)
    .toSorted((one, other) => one - other)

/**
 * Rate and latency of one gRPC call, measured by h2load: what wrk is to HTTP, so that the client costs as little. It does not
 * look into answers: whoever measures has to know that they are good.
 *
 * @throws Error for an answer that is not of HTTP status 200
 */
export const measureGrpc = async (
  { port, path, token, message }: GrpcRequest,
  { connections, seconds }: Load,
): Promise<Measured> => {
  const folder = await mkdtemp(join(tmpdir(), 'gatehouse-bench-'))
  const [body, log] = [join(folder, 'message'), join(folder, 'log')]
  await writeFile(body, framed(message))
  const headers = ['content-type: application/grpc', 'te: trailers', `authorization: Bearer ${token}`]
  const options = [
    `-c${CONNECTIONS}`,
    `-m${Math.ceil(connections / CONNECTIONS)}`,
    `-D${seconds}`,
    '-d',
    body,
    `--log-file=${log}`,
    ...headers.flatMap((header) => ['-H', header]),
    `http://localhost:${port}${path}`,
  ]
  const { stdout } = await promisify(execFile)('h2load', options)
  const rate = /finished in [\d.]+\w+, ([\d.]+) req\/s/.exec(stdout)?.[1]
  if (!rate || !/ 0 4xx, 0 5xx/.test(stdout)) throw new Error(`h2load said:\n${stdout}`)
  const times = durations(await readFile(log, 'utf8'))
  const within = (share: number): number => times[Math.floor(times.length * share)] ?? Number.NaN
  return { rate: Number(rate), p50: within(0.5), p99: within(0.99) }
}
