import { once } from 'node:events'
import { type GrpcParts, grpcServer } from '../../src/grpc/server.ts'
import type { ServiceCallerParts } from '../../src/oidc/service-caller.ts'
import { grpcClient } from '../support/grpc-client.ts'

export const EVALUATE = 'gatehouse.v1.Access/Evaluate'
export const BATCH = 'gatehouse.v1.Access/EvaluateBatch'
export const INTROSPECT = 'gatehouse.v1.Tokens/Introspect'
export const GET_ACCOUNT = 'gatehouse.v1.Accounts/GetAccount'
export const CHECK = 'grpc.health.v1.Health/Check'
export const WATCH = 'grpc.health.v1.Health/Watch'

/** A question that is whole. */
export const question = {
  subject: { type: 'user', id: 'kim' },
  action: { name: 'orders:read' },
  resource: { type: 'api', id: 'https://orders.example/api' },
}

/** Any token names a client that holds everything. */
const caller: ServiceCallerParts = {
  verify: async (token) => ({ sub: token, client_id: token, iat: 0, scope: 'access:evaluate accounts:read' }),
  permissionsOf: async () => ['access:evaluate', 'accounts:read'],
  clientExistedAt: async () => true,
  scope: 'access:evaluate',
}

/** Who calls, as the tests need it. */
export const good = { token: 'asker' }

/** The gRPC server on made rules, and a client of it, on loopback. */
export const arrangeGrpc = async (parts: Partial<GrpcParts> = {}) => {
  const measured: [method: string, status: string][] = []
  const lines: { level: string; fields: object; message: string }[] = []
  const write = (level: string) => (fields: object, message: string) =>
    void lines.push({ level, fields, message })
  const server = grpcServer({
    tls: undefined,
    check: async () => undefined,
    evaluate: async (inquiries) => inquiries.map(() => true),
    introspect: async () => undefined,
    accounts: { find: async () => undefined, findByEmailKey: async () => undefined },
    access: { find: () => undefined, ofPerson: async () => [], roles: async () => [] },
    callers: { access: caller, accounts: { ...caller, scope: 'accounts:read' } },
    audit: () => undefined,
    metrics: { grpcCall: (method, status) => void measured.push([method, status]) },
    log: { debug: write('debug'), info: write('info'), warn: write('warn'), error: write('error') },
    ...parts,
  })
  await once(server.listener.listen(0, '127.0.0.1'), 'listening')
  const address = server.listener.address()
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0
  const client = grpcClient(port)
  return {
    port,
    client,
    server,
    measured,
    lines,
    async end() {
      client.close()
      if (server.listener.listening) await server.stop({ delay: 0, timeout: 1 })
    },
  }
}

/** Work that waits until it is let go. */
export const gate = () => {
  const { promise, resolve } = Promise.withResolvers<void>()
  const begun = Promise.withResolvers<void>()
  return {
    begun: begun.promise,
    open: () => resolve(),
    async pass() {
      begun.resolve()
      await promise
    },
  }
}
