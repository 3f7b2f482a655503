import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { newHome } from './home.ts'

export interface ServerOptions {
  /** Settings on top of a bare environment. */
  env?: Record<string, string>
  /** The document of `SEED_FILE`. */
  seed?: object
  /** Folder with data and keys of an earlier server; a fresh one by default. */
  home?: string
  port?: number
}

export interface RunningServer {
  issuer: string
  port: number
  /** Holds `data`, `keys` and `seed.json`. */
  home: string
  pid: number
  /** Of each process that has one. */
  managementPorts: number[]
  /** Likewise. */
  grpcPorts: number[]
  /** What it has printed so far, both streams. */
  output(): string
  /** SIGTERM; resolves with the exit code. */
  stop(): Promise<number | null>
  /** SIGKILL, as a power cut would. */
  kill(): Promise<void>
  /** Resolves when the process has ended by itself. */
  ended: Promise<number | null>
}

const main = join(import.meta.dirname, '../../src/main.ts')

/** The settings that a server with this home folder and port runs with. */
export const environment = (home: string, port: number): Record<string, string> => ({
  PATH: process.env.PATH ?? '',
  PORT: String(port),
  DATA_DIR: join(home, 'data'),
  KEYS_DIR: join(home, 'keys'),
})

/** Starts `src/main.ts` in a folder of its own, without waiting for it. */
export const launchServer = async (
  options: ServerOptions = {},
): Promise<Omit<RunningServer, 'pid'> & { child: ChildProcess }> => {
  const home = options.home ?? newHome()
  const port = options.port ?? (await freePort())
  const seedFile = join(home, 'seed.json')
  if (options.seed) writeFileSync(seedFile, JSON.stringify(options.seed))
  const child = spawn(process.execPath, ['--disable-warning=ExperimentalWarning', main], {
    cwd: home,
    env: {
      ...environment(home, port),
      ...(options.seed ? { SEED_FILE: seedFile } : {}),
      ...options.env,
    },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString('utf8')
    })
  const ended = once(child, 'close').then(() => child.exitCode)
  const signal = (name: NodeJS.Signals) => async () => {
    if (child.exitCode === null && child.signalCode === null) child.kill(name)
    return ended
  }
  const kill = signal('SIGKILL')
  return {
    issuer: options.env?.ISSUER ?? `http://localhost:${port}`,
    port,
    home,
    managementPorts: [options.env?.MANAGEMENT_PORT ?? []].flat().map(Number),
    grpcPorts: [options.env?.GRPC_PORT ?? []].flat().map(Number),
    child,
    output: () => output,
    stop: signal('SIGTERM'),
    kill: async () => void (await kill()),
    ended,
  }
}

/**
 * Starts the real server as a process of its own and waits until it is ready.
 *
 * @throws Error with what it printed if it ends or is not ready within 45 seconds
 */
export const startServer = async (options: ServerOptions = {}): Promise<RunningServer> => {
  const { child, ...server } = await launchServer(options)
  const deadline = Date.now() + 45_000
  for (;;) {
    const answer = await fetch(`http://127.0.0.1:${server.port}/readyz`).catch(() => undefined)
    await answer?.arrayBuffer()
    if (answer?.ok && child.pid !== undefined) return { ...server, pid: child.pid }
    if (child.exitCode !== null || child.signalCode !== null || Date.now() > deadline) {
      await server.kill()
      throw new Error(`the server did not start:\n${server.output()}`)
    }
    await sleep(20)
  }
}
