import { Server } from '@grpc/grpc-js'
import { actorName } from '../domain/access/actor.ts'
import type { Audit } from '../domain/ports.ts'
import { requestIds } from '../http/edge.ts'
import type { ServiceCallerParts } from '../oidc/service-caller.ts'
import { authorize } from './caller.ts'
import { credentials, type TlsFiles } from './credentials.ts'
import { loadServices } from './definition.ts'
import { type EvaluateParts, evaluateMethod } from './evaluate.ts'
import { evaluateBatchMethod } from './evaluate-batch.ts'
import { type GetAccountParts, getAccountMethod } from './get-account.ts'
import { type HealthParts, health } from './health.ts'
import { MALFORMED } from './input.ts'
import { type IntrospectParts, introspectMethod } from './introspect.ts'
import type { Method } from './method.ts'
import { type GrpcServer, stoppable } from './stoppable.ts'
import { type ObserveParts, unary } from './unary.ts'

export interface GrpcParts extends Omit<ObserveParts, 'nextId'> {
  tls: TlsFiles | undefined
  check: HealthParts['check']
  evaluate: EvaluateParts['evaluate']
  introspect: IntrospectParts['introspect']
  accounts: GetAccountParts['accounts']
  access: GetAccountParts['access']
  /** Who calls: services that ask for decisions and tokens, and those that read accounts. */
  callers: { access: ServiceCallerParts; accounts: ServiceCallerParts }
  audit: Audit
}

/** Bytes of a message; a larger one is RESOURCE_EXHAUSTED. */
const MESSAGE_BYTES = 64 * 1024
/** Milliseconds. A connection ends in order at that age: calls that never end are cut, and load moves to new servers. */
const MINUTE = 60_000

const OPTIONS = {
  'grpc.max_receive_message_length': MESSAGE_BYTES,
  'grpc.max_concurrent_streams': 250,
  'grpc.max_connection_idle_ms': 5 * MINUTE,
  'grpc.max_connection_age_ms': 30 * MINUTE,
  'grpc.max_connection_age_grace_ms': MINUTE / 2,
  'grpc.keepalive_time_ms': MINUTE,
  'grpc.keepalive_timeout_ms': MINUTE / 3,
  // Its book-keeping for a debugging service that is not here would cost every call.
  'grpc.enable_channelz': 0,
}

/**
 * The gRPC services of `proto/`.
 *
 * @throws CertificateFault that names the setting
 */
export const grpcServer = (parts: GrpcParts): GrpcServer => {
  const server = new Server(OPTIONS)
  const definitions = loadServices()
  const observing = { ...parts, nextId: requestIds() }
  const services = new Set<string>()
  for (const [path, method] of Object.entries(methods(parts))) {
    const [service = '', name = ''] = path.split('/')
    const definition = definitions.get(service)?.[name]
    if (!definition) throw new Error(`no file in proto/ has the method ${path}`)
    services.add(service)
    const { responseSerialize, requestDeserialize } = definition
    const handler = unary(path, method, observing)
    server.register(definition.path, handler, responseSerialize, lenient(requestDeserialize), 'unary')
  }
  const { check, watch, leave, close } = health({ services: [...services], check: parts.check })
  const definition = definitions.get('grpc.health.v1.Health')
  if (!definition) throw new Error('no file in proto/ has the health service')
  server.addService(definition, { Check: check, Watch: watch })
  return stoppable(server.createConnectionInjector(credentials(parts.tls)), { leave, close })
}

const GET_ACCOUNT = 'gatehouse.v1.Accounts/GetAccount'

const methods = (parts: GrpcParts): Record<string, Method> => {
  const asking = { ...parts, authorize: authorize(parts.callers.access) }
  const { accounts } = parts.callers
  const detail = { call: GET_ACCOUNT, missing: accounts.scope }
  const reading = authorize(accounts, (clientId) =>
    parts.audit({
      type: 'administration.refused',
      actor: actorName({ kind: 'client', id: clientId }),
      detail,
    }),
  )
  return {
    'gatehouse.v1.Access/Evaluate': evaluateMethod(asking),
    'gatehouse.v1.Access/EvaluateBatch': evaluateBatchMethod(asking),
    'gatehouse.v1.Tokens/Introspect': introspectMethod(asking),
    [GET_ACCOUNT]: getAccountMethod({ ...parts, authorize: reading }),
  }
}

/** Bytes that are no message are the caller's fault; the library would blame itself with INTERNAL. */
const lenient =
  (deserialize: (bytes: Buffer) => object) =>
  (bytes: Buffer): unknown => {
    try {
      return deserialize(bytes)
    } catch {
      return MALFORMED
    }
  }
