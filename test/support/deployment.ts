import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { freePort } from './free-port.ts'
import { newHome } from './home.ts'
import { startRoundRobin } from './round-robin.ts'
import { type RunningServer, type ServerOptions, startServer } from './server.ts'
import { scaleUrls } from './services/index.ts'

/** Whether this run of the tests is about several processes on MongoDB and Redis. */
export const isScale = process.env.TEST_MODE === 'scale'

/** Resolves when every process must have seen a change by another one; where there is one only, at once. */
export const seenEverywhere = (): Promise<void> => sleep(isScale ? 1000 : 0)

/** Addresses of the stores; a test of faults puts a proxy before one. */
export interface StoreUrls {
  MONGODB_URL: string
  REDIS_URL: string
}

export interface DeploymentOptions extends ServerOptions {
  processes?: number
  stores?: Partial<StoreUrls>
}

/** Several processes behind a proxy that takes another one for each request. */
export interface Deployment extends RunningServer {
  processes: RunningServer[]
  /** Starts one more and lets it take its turns. */
  add(): Promise<RunningServer>
  /** Takes a process out of the turns, without telling it. */
  leaveOut(process: RunningServer): void
}

/** The stores of the server with this home: the same home finds them again, no other does. */
const storesOf = (home: string): StoreUrls =>
  scaleUrls(`gh${createHash('sha256').update(home).digest('hex').slice(0, 20)}`)

/** Keys that all processes with this home share. */
const keysOf = (home: string): Record<string, string> => {
  const bytes = (purpose: string) => createHash('sha256').update(`${purpose} ${home}`).digest()
  return {
    COOKIE_KEYS: bytes('cookie').toString('base64url'),
    SEALING_KEY: bytes('sealing').toString('base64'),
  }
}

/** Settings of scale mode for the server with this home. */
export const scaleSettings = (home: string): Record<string, string> => ({
  ...storesOf(home),
  ...keysOf(home),
})

/** Starts three processes, all at once, as an orchestrator would. */
export const startDeployment = async (options: DeploymentOptions = {}): Promise<Deployment> => {
  const { processes: count = 3, stores = {}, env = {}, ...rest } = options
  const home = rest.home ?? newHome()
  const port = rest.port ?? (await freePort())
  const proxy = await startRoundRobin([], port)
  const issuer = env.ISSUER ?? `http://localhost:${port}`
  const start = async () => {
    const management = env.MANAGEMENT_PORT && { MANAGEMENT_PORT: String(await freePort()) }
    const grpc = env.GRPC_PORT && { GRPC_PORT: String(await freePort()) }
    return startServer({
      ...rest,
      home,
      port: await freePort(),
      env: {
        ISSUER: issuer,
        TRUST_PROXY: '1',
        ...scaleSettings(home),
        ...stores,
        ...env,
        ...management,
        ...grpc,
      },
    })
  }
  const started = await Promise.allSettled(Array.from({ length: count }, start))
  const processes = started.flatMap((one) => (one.status === 'fulfilled' ? one.value : []))
  for (const one of started) {
    if (one.status === 'fulfilled') continue
    await Promise.all([proxy.stop(), ...processes.map((process) => process.kill())])
    throw one.reason
  }
  let inTurn = [...processes]
  const take = (next: RunningServer[]): void => {
    inTurn = next
    proxy.setTargets(inTurn.map((process) => process.port))
  }
  take(inTurn)
  const first = processes[0]
  if (!first) throw new Error('a deployment has at least one process')
  const all = async (end: (process: RunningServer) => Promise<unknown>) => {
    const codes = await Promise.all(processes.map(end))
    await proxy.stop()
    return codes
  }
  return {
    issuer,
    port,
    home,
    pid: first.pid,
    processes,
    managementPorts: processes.flatMap((process) => process.managementPorts),
    grpcPorts: processes.flatMap((process) => process.grpcPorts),
    output: () => processes.map((process) => process.output()).join(''),
    async stop() {
      const codes = await all((process) => process.stop())
      return codes.every((code) => code === 0) ? 0 : 1
    },
    kill: async () => void (await all((process) => process.kill())),
    ended: Promise.all(processes.map(({ ended }) => ended)).then((codes) => codes[0] ?? null),
    async add() {
      const process = await start()
      processes.push(process)
      take([...inTurn, process])
      return process
    },
    leaveOut: (process) => take(inTurn.filter((one) => one !== process)),
  }
}
