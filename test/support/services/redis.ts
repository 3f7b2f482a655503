import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { freePort } from '../free-port.ts'
import { type Child, startChild } from './child.ts'
import { untilRedisSays } from './redis-answer.ts'

export interface RedisOptions {
  /** Options of redis-server after ours, which they override. */
  args?: readonly string[]
  /** Folder with the data of an earlier server; a fresh one by default. */
  dir?: string
  port?: number
}

export interface RedisProcess {
  url: string
  port: number
  /** Holds the data and `redis.log`. */
  dir: string
  /** Of the process that runs now or ran last. */
  readonly pid: number
  /** SIGTERM: what is in the append-only file gets onto the disk. */
  stop(): Promise<void>
  /** SIGKILL: no goodbye. */
  kill(): Promise<void>
  /** Starts it again with the same port, folder and options, after stopping it if it runs. */
  restart(): Promise<void>
}

/** How often another port is tried when one has been taken in between. */
const TRIES = 3

const IN_MEMORY = ['--save', '', '--appendonly', 'no', '--maxmemory-policy', 'noeviction']

/**
 * Starts `redis-server` on loopback, in memory unless `args` say otherwise, and waits until it answers.
 *
 * @throws Error with the end of its log if it does not start
 */
export const startRedis = async ({ args = [], dir, port }: RedisOptions = {}): Promise<RedisProcess> => {
  const folder = dir ?? mkdtempSync(join(tmpdir(), 'redis-'))
  const options = (at: number) => [
    ...['--bind', '127.0.0.1', '--port', String(at), '--dir', folder, ...IN_MEMORY],
    ...args,
  ]
  if (port !== undefined) return running(port, folder, options(port))
  return onFreePort((at) => running(at, folder, options(at)))
}

/**
 * Starts a server on a free port, and on another one if somebody else was quicker.
 *
 * @throws Error if three ports were taken, and what `start` throws else
 */
export const onFreePort = async <Server>(start: (port: number) => Promise<Server>): Promise<Server> => {
  for (let tries = 1; ; tries += 1) {
    const port = await freePort()
    try {
      return await start(port)
    } catch (error) {
      if (tries === TRIES || !/Address already in use/.test(String(error))) throw error
    }
  }
}

/**
 * Holds a server of the Redis family that can be started again.
 *
 * @param args of `redis-server`, all of them
 * @throws Error with the end of its log if it does not start
 */
export const running = async (port: number, dir: string, args: readonly string[]): Promise<RedisProcess> => {
  let child = await launch(port, dir, args)
  return {
    url: `redis://127.0.0.1:${port}`,
    port,
    dir,
    get pid() {
      return child.pid
    },
    stop: () => child.stop(),
    kill: () => child.kill(),
    async restart() {
      await child.stop()
      child = await launch(port, dir, args)
    },
  }
}

const launch = async (port: number, dir: string, args: readonly string[]): Promise<Child> => {
  const child = await startChild('redis-server', args, { cwd: dir, logFile: join(dir, 'redis.log') })
  const isLost = () => !child.isRunning()
  // One that still reads its file answers LOADING; and another server may have taken the port. One with a password
  // answers both times that it wants it.
  const itself = new RegExp(`process_id:${child.pid}\\b|^-NOAUTH`)
  const isReady =
    (await untilRedisSays(port, 'PING', /^(\+PONG|-NOAUTH)/, { isLost })) &&
    (await untilRedisSays(port, 'INFO server', itself, { isLost }))
  if (isReady && child.isRunning()) return child
  await child.kill()
  throw new Error(`redis-server did not start:\n${child.log().slice(-2_000)}`)
}
