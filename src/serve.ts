import { once } from 'node:events'
import type { Server } from 'node:http'
import { assemble } from './assemble.ts'
import { banner } from './banner.ts'
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
    const parts = await assemble(foundation, { isStopping: () => state.stopping })
    const main = await listen(createServer(parts), config.listen.port, config.listen.host)
    const side = await startManagement(foundation, parts.health)
    const { log } = foundation
    log.info({ issuer: config.issuer, port: config.listen.port, store: foundation.store.kind }, 'ready')
    if (config.development) process.stdout.write(banner({ ...config, admin, clients: demoClientIds }))
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

const listen = async (server: Server, port: number, host: string): Promise<Server> => {
  server.listen(port, host)
  await once(server, 'listening')
  return server
}

const startManagement = async (
  { config, renderMetrics }: Foundation,
  health: Parameters<typeof management>[0]['health'],
): Promise<Server | undefined> => {
  const { managementPort } = config.listen
  if (managementPort === undefined || renderMetrics === undefined) return undefined
  return listen(management({ health, render: renderMetrics }), managementPort, '127.0.0.1')
}

/** The first signal stops in order, the second one at once. */
const stopAtSignal = (stop: (signal: string) => Promise<void>): void => {
  let isStopping = false
  const handle = async (signal: string): Promise<void> => {
    if (isStopping) process.exit(1)
    isStopping = true
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
