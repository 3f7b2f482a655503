import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import type { Measured } from './measured.ts'

/** A request that may be repeated as it is. */
export interface FixedRequest {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body?: string
  /** In place of `body`: bodies that take turns. */
  bodies?: readonly string[]
}

const MILLISECONDS: Readonly<Record<string, number>> = { us: 0.001, ms: 1, s: 1000 }

/** Milliseconds of a line such as `  99%    3.10ms`. */
const percentile = (report: string, percent: number): number => {
  const [, figure, unit = ''] = new RegExp(`^\\s+${percent}%\\s+([\\d.]+)(us|ms|s)$`, 'm').exec(report) ?? []
  return Number(figure) * (MILLISECONDS[unit] ?? Number.NaN)
}

/** Requests are made before the measurement: the generator shares the machine with the server. */
const inTurn = (bodies: readonly string[]): string[] => [
  'local requests, turn = {}, 0',
  `local bodies = { ${bodies.map((body) => JSON.stringify(body)).join(', ')} }`,
  'init = function() for at, body in ipairs(bodies) do requests[at] = wrk.format(nil, nil, nil, body) end end',
  'request = function() turn = turn % #requests + 1; return requests[turn] end',
]

/**
 * Rate and latency of one fixed request, measured by wrk with one thread.
 *
 * @param seconds length of the run
 * @throws Error on any answer outside 2xx: such a figure would be worthless
 */
export const measureFixed = async (
  base: string,
  { method, path, headers, body, bodies }: FixedRequest,
  connections: number,
  seconds: number,
): Promise<Measured> => {
  const script = join(await mkdtemp(join(tmpdir(), 'gatehouse-bench-')), 'request.lua')
  const lines = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  )
  await writeFile(
    script,
    [
      `wrk.method = "${method}"`,
      `wrk.body = ${JSON.stringify(body ?? '')}`,
      ...lines,
      ...(bodies ? inTurn(bodies) : []),
    ].join('\n'),
  )
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '--latency', '-s', script, base + path]
  const { stdout } = await promisify(execFile)('wrk', options)
  if (stdout.includes('Non-2xx')) throw new Error(`${method} ${path} was refused:\n${stdout}`)
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]
  if (!rate) throw new Error(`wrk said:\n${stdout}`)
  return { rate: Number(rate), p50: percentile(stdout, 50), p99: percentile(stdout, 99) }
}
