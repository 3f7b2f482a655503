import { once } from 'node:events'
import { rmSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { assemble } from '../../src/assemble.ts'
import { openFoundation } from '../../src/build.ts'
import { loadConfig } from '../../src/config.ts'
import type { ArtifactStore } from '../../src/domain/ports.ts'
import { prepare } from '../../src/prepare.ts'
import { server as createServer } from '../../src/server.ts'
import { freePort } from './free-port.ts'
import { newHome } from './home.ts'
import { environment } from './server.ts'

/** A call of the store: what it does, and to which model. */
export interface StoreCall {
  operation: keyof ArtifactStore
  /** Undefined for a whole family. */
  model: string | undefined
}

export interface LateServer {
  issuer: string
  home: string
  stop(): Promise<void>
}

export interface LateOptions {
  seed: object
  env?: Record<string, string>
  /** Runs between a call's effect and its answer; what it throws is the answer. */
  pause(call: StoreCall): Promise<void>
}

/**
 * The whole server inside of the test, on a store that answers late, as one over a network does: so the requests of a
 * race meet between any two of its calls.
 */
export const startLateServer = async ({ seed, env = {}, pause }: LateOptions): Promise<LateServer> => {
  const home = newHome()
  const port = await freePort()
  const seedFile = join(home, 'seed.json')
  writeFileSync(seedFile, JSON.stringify(seed))
  const settings = { ...environment(home, port), SEED_FILE: seedFile, LOG_LEVEL: 'silent', ...env }
  const foundation = await openFoundation(loadConfig(settings), 'server')
  await prepare(foundation)
  const { store, config, close } = foundation
  const late = { ...foundation, store: { ...store, artifacts: lateArtifacts(store.artifacts, pause) } }
  const server = createServer(await assemble(late, { isStopping: () => false }))
  server.listen(port, config.listen.host)
  await once(server, 'listening')
  return {
    issuer: config.issuer,
    home,
    async stop() {
      server.closeAllConnections()
      server.close()
      await close()
      rmSync(home, { recursive: true })
    },
  }
}

/** Every call takes effect when it is made, in order; only its answer is late. */
const lateArtifacts = (real: ArtifactStore, pause: LateOptions['pause']): ArtifactStore => {
  const late = async <Answer>(
    operation: StoreCall['operation'],
    model: string | undefined,
    call: Promise<Answer>,
  ): Promise<Answer> => {
    const answer = await call
    await pause({ operation, model })
    return answer
  }
  return {
    put: (artifact) => late('put', artifact.model, real.put(artifact)),
    putIf: (artifact, expected) => late('putIf', artifact.model, real.putIf(artifact, expected)),
    find: (model, key) => late('find', model, real.find(model, key)),
    consume: (model, key) => late('consume', model, real.consume(model, key)),
    takeOnce: (model, key) => late('takeOnce', model, real.takeOnce(model, key)),
    remove: (model, key) => late('remove', model, real.remove(model, key)),
    removeFamily: (grantId) => late('removeFamily', undefined, real.removeFamily(grantId)),
    mark: (kind, key, expiresAt) => late('mark', kind, real.mark(kind, key, expiresAt)),
  }
}
