import { once } from 'node:events'
import type { Server } from 'node:http'
import { assemble } from './assemble.ts'
import { banner, firstAdmin } from './banner.ts'
import { type Foundation, openFoundation } from './build.ts'
import { type Config, loadConfig, readEnvironment } from './config.ts'
import { demoClientIds } from './domain/seed/demo.ts'
import { drain } from './drain.ts'
import { faultReport } from './fault-report.ts'
import { management } from './management.ts'
import { prepare } from './prepare.ts'
import { server as createServer } from './server.ts'

/** Starts the server with the settings of the environment, and stops it at SIGTERM or SIGINT. */
export const serve = async (): Promise<void> => {
  try {
    const config = loadConfig(readEnvironment())
    await start(config)
  } catch (error) {
    process.stderr.write(faultReport(error))
    process.exit(1)
  }
}

const start = async (config: Config): Promise<void> => {
  const foundation = await openFoundation(config, 'server')
  const state = { stopping: false }
  try {
    const { admin } = await prepare(foundation)
    // Before anything else can fail: nobody can read the password later.
    if (config.development && admin) process.stdout.write(firstAdmin(admin))
    const parts = await assemble(foundation, { isStopping: () => state.stopping })
    const side = await startManagement(foundation, parts.health)
    const main = await listen(createServer(parts), { name: 'PORT', ...config.listen })
    const { log } = foundation
    if (config.development) process.stdout.write(banner({ ...config, clients: demoClientIds }))
    log.info({ issuer: config.issuer, port: config.listen.port, store: foundation.store.kind }, 'ready')
    stopAtSignal(async (signal) => {
      state.stopping = true
      log.info({ signal }, 'stopping')
      await drain(main, config.drain)
      side?.close()
      await foundation.close()
    })
  } catch (error) {
    await foundation.close()
    throw error
  }
}

/** A port cannot be listened on; the message is a sentence for the operator. */
class ListenFault extends Error {
  override readonly name = 'ListenFault'
}

const reasons: Readonly<Record<string, string>> = {
  EADDRINUSE: 'another program listens there; stop it, or choose another port',
  EADDRNOTAVAIL: 'this machine has no such address',
  EACCES: 'the system allows that to privileged users only',
  ENOTFOUND: 'there is no such host',
}

const reasonOf = (error: unknown): string => {
  if (!(error instanceof Error)) return String(error)
  const code = 'code' in error ? String(error.code) : ''
  return reasons[code] ?? error.message
}

/** @throws ListenFault that names the setting */
const listen = async (
  server: Server,
  { name, host, port }: { name: 'PORT' | 'MANAGEMENT_PORT'; host: string; port: number },
): Promise<Server> => {
  try {
    server.listen(port, host)
    await once(server, 'listening')
    return server
  } catch (cause) {
    throw new ListenFault(`${name}: cannot listen on ${host}, port ${port}: ${reasonOf(cause)}`, { cause })
  }
}

const startManagement = async (
  { config, renderMetrics }: Foundation,
  health: Parameters<typeof management>[0]['health'],
): Promise<Server | undefined> => {
  const { managementPort } = config.listen
  if (managementPort === undefined || renderMetrics === undefined) return undefined
  const server = management({ health, render: renderMetrics })
  return listen(server, { name: 'MANAGEMENT_PORT', host: '127.0.0.1', port: managementPort })
}

/** Milliseconds. A terminal or systemd signals npm and the server at once, and npm passes its own on: that is one signal. */
const ECHO = 250

/** The first signal stops in order, the second one at once. */
const stopAtSignal = (stop: (signal: string) => Promise<void>): void => {
  let since: number | undefined
  const handle = async (signal: string): Promise<void> => {
    if (since !== undefined && performance.now() - since < ECHO) return
    if (since !== undefined) process.exit(1)
    since = performance.now()
    try {
      await stop(signal)
      process.exit(0)
    } catch (error) {
      process.stderr.write(faultReport(error))
      process.exit(1)
    }
  }
  for (const signal of ['SIGTERM', 'SIGINT']) process.on(signal, () => void handle(signal))
}
