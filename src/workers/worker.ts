import { assemble } from '../assemble.ts'
import { type Foundation, openFoundation } from '../build.ts'
import { type Config, loadConfig, readEnvironment } from '../config.ts'
import { drain } from '../drain.ts'
import { faultReport } from '../fault-report.ts'
import { type Checks, health } from '../http/health.ts'
import { listen, listenGrpc } from '../listen.ts'
import { server as createServer } from '../server.ts'
import { type Channel, openChannel } from './channel.ts'

/** Serves as one of several processes, until the primary says stop or is gone. */
export const work = async (): Promise<void> => {
  const channel = openChannel()
  try {
    await serveUntilStopped(loadConfig(readEnvironment()), channel)
    process.exit(0)
  } catch (error) {
    // The primary tells the operator, once for all workers.
    await channel.tell({ kind: 'fault', text: faultReport(error) })
    process.exit(1)
  }
}

const serveUntilStopped = async (config: Config, channel: Channel): Promise<void> => {
  // The primary has logged the warnings.
  const foundation = await openFoundation({ ...config, warnings: [] }, 'server')
  try {
    await serveOn(foundation, channel)
  } finally {
    await foundation.close()
  }
}

const serveOn = async (foundation: Foundation, channel: Channel): Promise<void> => {
  const { config, store, log } = foundation
  const state = { leaving: false, ready: true }
  const checks = {
    running: async () => {
      if (!state.ready) throw new Error('stopping')
    },
    store: () => store.ping(),
  }
  const parts = await assemble(foundation, { isStopping: () => state.leaving })
  // The port is ready while others go on to serve it: so is a worker that only makes room for its successor.
  const server = createServer({ ...parts, health: health(checks) })
  await listen(server, { name: 'PORT', ...config.listen })
  await listenGrpc(parts, config)
  channel.answer({ ready: () => yesOrNo(checks), report: () => report(foundation) })
  await channel.tell({ kind: 'ready' })
  log.info({ issuer: config.issuer, port: config.listen.port, store: store.kind }, 'ready')

  const { signal, handover } = await channel.stopped
  state.leaving = true
  state.ready = handover !== undefined
  log.info({ signal }, 'stopping')
  const draining = { ...config.drain, delay: handover ?? config.drain.delay }
  await Promise.all([drain(server, draining), parts.grpc?.stop({ ...draining, handsOver: state.ready })])
  await channel.leave(await report(foundation))
}

const yesOrNo = async (checks: Checks): Promise<'yes' | 'no'> => {
  try {
    await Promise.all(Object.values(checks).map((check) => check()))
    return 'yes'
  } catch {
    return 'no'
  }
}

/** Nothing is counted without a management port. */
const report = async ({ renderMetrics }: Foundation): Promise<string> =>
  renderMetrics ? (await renderMetrics('report')).body : '[]'
