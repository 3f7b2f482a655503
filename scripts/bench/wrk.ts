import { execFile } from 'node:child_process'
import { mkdtemp, writeFile } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'

/** A request that may be repeated as it is. */
export interface FixedRequest {
  method: 'GET' | 'POST'
  path: string
  headers: Record<string, string>
  body?: string
}

/**
 * Requests per second of one fixed request, measured by wrk with one thread.
 *
 * @param seconds length of the run
 * @throws Error on any answer outside 2xx: such a figure would be worthless
 */
export const measureFixed = async (
  base: string,
  { method, path, headers, body }: FixedRequest,
  connections: number,
  seconds: number,
): Promise<number> => {
  const script = join(await mkdtemp(join(tmpdir(), 'gatehouse-bench-')), 'request.lua')
  const lines = Object.entries(headers).map(
    ([name, value]) => `wrk.headers[${JSON.stringify(name)}] = ${JSON.stringify(value)}`,
  )
  await writeFile(
    script,
    [`wrk.method = "${method}"`, `wrk.body = ${JSON.stringify(body ?? '')}`, ...lines].join('\n'),
  )
  const options = ['-t1', `-c${connections}`, `-d${seconds}s`, '-s', script, base + path]
  const { stdout } = await promisify(execFile)('wrk', options)
  if (stdout.includes('Non-2xx')) throw new Error(`${method} ${path} was refused:\n${stdout}`)
  const rate = /Requests\/sec:\s+([\d.]+)/.exec(stdout)?.[1]
  if (!rate) throw new Error(`wrk said:\n${stdout}`)
  return Number(rate)
}
