import type { Server } from 'node:http'
import { assemble } from './assemble.ts'
import { banner, firstAdmin } from './banner.ts'
import { type Foundation, openFoundation } from './build.ts'
import { type Config, loadConfig, readEnvironment } from './config.ts'
import { demoClientIds } from './domain/seed/demo.ts'
import { drain } from './drain.ts'
import { faultReport } from './fault-report.ts'
import { listen, listenGrpc } from './listen.ts'
import { management } from './management.ts'
import { prepare } from './prepare.ts'
import { server as createServer } from './server.ts'
import { stopAtSignal } from './stop-signals.ts'
import { reportStore } from './store-report.ts'

/**
 * Starts the server with the settings of the environment, as one process or as a primary with WORKERS of them, and stops
 * it at SIGTERM or SIGINT.
 */
export const serve = async (): Promise<void> => {
  try {
    const config = loadConfig(readEnvironment())
    await (config.workers > 1 ? startWorkers(config) : start(config))
  } catch (error) {
    process.stderr.write(faultReport(error))
    process.exit(1)
  }
}

/** One process loads none of it. */
const startWorkers = async (config: Config): Promise<void> => {
  const { startPrimary } = await import('./workers/primary.ts')
  await startPrimary(config)
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
    await listenGrpc(parts, config)
    const { log } = foundation
    if (config.development) process.stdout.write(banner({ ...config, clients: demoClientIds }))
    log.info({ issuer: config.issuer, port: config.listen.port, store: foundation.store.kind }, 'ready')
    void reportStore(foundation, () => state.stopping)
    stopAtSignal({
      async stop(signal) {
        state.stopping = true
        log.info({ signal }, 'stopping')
        await Promise.all([drain(main, config.drain), parts.grpc?.stop(config.drain)])
        side?.close()
        await foundation.close()
        return 0
      },
    })
  } catch (error) {
    await foundation.close()
    throw error
  }
}

const startManagement = async (
  { config, renderMetrics }: Foundation,
  health: Parameters<typeof management>[0]['health'],
): Promise<Server | undefined> => {
  const { managementPort } = config.listen
  if (managementPort === undefined || renderMetrics === undefined) return undefined
  const server = management({ health, render: () => renderMetrics() })
  return listen(server, { name: 'MANAGEMENT_PORT', host: '127.0.0.1', port: managementPort })
}
