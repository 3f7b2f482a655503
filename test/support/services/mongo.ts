import { mkdtempSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'
import { setTimeout as pause } from 'node:timers/promises'
import { type Child, startChild } from './child.ts'
import { builtMongoServer } from './mongo-build.ts'
import { onFreePort } from './redis.ts'

export { buildMongoServer, mongoMissing } from './mongo-build.ts'

export interface MongoOptions {
  /** Keeps the data there, on the disk before an answer; in memory by default. */
  file?: string
  port?: number
}

export interface MongoProcess {
  url: string
  port: number
  /** Of the process that runs now or ran last. */
  readonly pid: number
  stop(): Promise<void>
  /** SIGKILL: no goodbye. */
  kill(): Promise<void>
  /** Starts it again with the same port and file, after stopping it if it runs. */
  restart(): Promise<void>
}

/** Two cores are shared by many: little memory, one collector thread, no time spent on optimising. */
const JVM = ['-Xmx256m', '-XX:+UseSerialGC', '-XX:TieredStopAtLevel=1']
const QUIET = '-Dorg.slf4j.simpleLogger.defaultLogLevel=warn'

/**
 * Starts the MongoDB-protocol server on loopback and waits until it listens; builds it first where that was not done.
 * It has no users, and a database comes to be when it is written to: tests keep apart by their names.
 *
 * @throws Error with the end of its log if it does not start
 */
export const startMongo = async ({ file, port }: MongoOptions = {}): Promise<MongoProcess> => {
  const folder = await builtMongoServer()
  const classes = ['classes', 'lib/*'].map((part) => join(folder, part)).join(delimiter)
  const logs = mkdtempSync(join(tmpdir(), 'mongo-'))
  const start = (at: number): Promise<MongoProcess> => {
    const place = file === undefined ? ['memory', String(at)] : ['h2', String(at), file]
    return running(at, logs, [...JVM, QUIET, '-cp', classes, 'MongoTestServer', ...place])
  }
  return port === undefined ? onFreePort(start) : start(port)
}

const running = async (port: number, logs: string, args: readonly string[]): Promise<MongoProcess> => {
  let starts = 0
  const next = () => launch(args, { cwd: logs, logFile: join(logs, `${++starts}.log`) })
  let child = await next()
  return {
    url: `mongodb://127.0.0.1:${port}`,
    port,
    get pid() {
      return child.pid
    },
    stop: () => child.stop(),
    kill: () => child.kill(),
    async restart() {
      await child.stop()
      child = await next()
    },
  }
}

/** Milliseconds; about one second is usual. */
const READY_WITHIN = 30_000
const LOOK = 25

const launch = async (args: readonly string[], place: Parameters<typeof startChild>[2]): Promise<Child> => {
  const child = await startChild('java', args, place)
  const deadline = performance.now() + READY_WITHIN
  while (child.isRunning() && performance.now() < deadline) {
    if (/^READY \d+$/m.test(child.log())) return child
    await pause(LOOK)
  }
  await child.kill()
  throw new Error(`the MongoDB-protocol server did not start:\n${child.log().slice(-2_000)}`)
}
