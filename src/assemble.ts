import { apiPattern } from './api/app.ts'
import { openAccessApi } from './assemble/access-api.ts'
import { openAdmin } from './assemble/admin.ts'
import { openEngine } from './assemble/engine.ts'
import { openFace } from './assemble/face.ts'
import { openGrpc } from './assemble/grpc.ts'
import { openMail } from './assemble/mail.ts'
import { openPages } from './assemble/pages.ts'
import { openApi, restOperations } from './assemble/rest.ts'
import { openRules } from './assemble/rules.ts'
import { openSessionRecords, openSessions } from './assemble/sessions.ts'
import type { Foundation } from './build.ts'
import type { GrpcServer } from './grpc/stoppable.ts'
import { edge } from './http/edge.ts'
import { health } from './http/health.ts'
import { observe } from './http/observe.ts'
import { endpointOf, engineEndpoints, isMachineEndpoint } from './oidc/endpoints.ts'
import { pagePattern } from './pages/page-pattern.ts'
import type { ServerParts } from './server.ts'

/** What a running server does about its stop. */
export interface Lifecycle {
  isStopping(): boolean
}

/** The server's parts, and what listens beside it. */
export interface Assembled extends ServerParts {
  /** Undefined without a port. */
  grpc: GrpcServer | undefined
}

/** Builds the parts of the server on what is open. */
export const assemble = async (foundation: Foundation, { isStopping }: Lifecycle): Promise<Assembled> => {
  const { config, log, metrics, store } = foundation
  const face = openFace(foundation)
  const kept = openSessionRecords(foundation)
  const { engine, publicJwks } = await openEngine(foundation, face, kept)
  const documents = engine.documents
  const mail = openMail(foundation, face)
  const rules = openRules(foundation, mail, openSessions(foundation, { engine, kept, mail }), { isStopping })
  const operations = restOperations(foundation, { engine, publicJwks, rules })
  const accessApi = openAccessApi(foundation, { publicJwks })
  const adminApi = openAdmin(foundation, { publicJwks, rules })
  const restPattern = apiPattern(operations)
  const routeOf = (path: string) => restPattern(path) ?? accessApi.pattern(path) ?? adminApi.pattern(path)
  return {
    health: health({ running: refuseIf(isStopping), store: () => store.ping() }),
    edge: edge({ issuer: config.issuer, trustProxy: config.trustProxy, isStopping }),
    observe: observe({
      log,
      metrics,
      routeOf: (path) => endpointOf(path) ?? routeOf(path) ?? pagePattern(path),
      isMachine: (route) => isMachineEndpoint(route) || routeOf(route) !== undefined,
    }),
    documents,
    engine: engineEndpoints(engine, face.isOwnForm),
    api: openApi(foundation, operations),
    access: accessApi.part,
    grpc: await openGrpc(foundation, { engine, publicJwks }),
    admin: adminApi.part,
    pages: openPages(foundation, face, { engine, publicJwks, rules, operations }),
  }
}

const refuseIf = (isStopping: () => boolean) => async (): Promise<void> => {
  if (isStopping()) throw new Error('stopping')
}
