import { freePort } from '../support/free-port.ts'
import { type GrpcAnswer, type GrpcCallOptions, type GrpcClient, grpcClient } from '../support/grpc-client.ts'
import type { RunningServer, ServerOptions } from '../support/server.ts'
import { seed as decisions, PASSWORD } from './authzen-subject.ts'
import { calls } from './calls.ts'
import { startSubject as start } from './subject.ts'

/** An API with opaque tokens. */
export const LEDGER = 'https://ledger.example/api'

const machine = (name: string) => ({ clientId: name, clientSecret: `the-secret-of-${name}-is-long-enough` })

/** People sign in with it. */
export const shop = { ...machine('shop'), redirectUri: 'http://localhost:4740/callback' }
/** The ledger itself: may ask, and may introspect its own tokens. */
export const ledger = machine('ledger')
/** May read accounts, and may ask nothing. */
export const payroll = machine('payroll')

/** A person with a role at the ledger, by its sub. */
export const kim = { login: 'kim.ledger@example.com', password: PASSWORD, sub: 'kim-of-the-ledger' }

const client = ({ clientId, clientSecret }: ReturnType<typeof machine>, members: object) => ({
  client_id: clientId,
  client_secret: clientSecret,
  redirect_uris: [],
  grant_types: ['client_credentials'],
  ...members,
})

const seed = {
  resources: [
    ...decisions.resources,
    { identifier: LEDGER, permissions: ['ledger:read', 'ledger:write'], access_token_format: 'opaque' },
  ],
  roles: [...decisions.roles, { name: 'bookkeeper', permissions: { [LEDGER]: ['ledger:read'] } }],
  clients: [
    ...decisions.clients,
    client(shop, {
      redirect_uris: [shop.redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      first_party: true,
      permissions: { [LEDGER]: ['ledger:read', 'ledger:write'] },
    }),
    client(ledger, { permissions: { '@access': ['access:evaluate'] }, may_introspect: [LEDGER] }),
    client(payroll, { permissions: { '@admin': ['accounts:read'] } }),
  ],
  accounts: [
    ...decisions.accounts,
    {
      sub: kim.sub,
      email: kim.login,
      password: kim.password,
      name: 'Kim',
      email_verified: true,
      roles: ['bookkeeper'],
    },
  ],
}

export interface GrpcSubject {
  server: RunningServer
  /** Calls the processes of the server in turn. */
  call: (method: string, request: object, options?: GrpcCallOptions) => Promise<GrpcAnswer>
  clients: readonly GrpcClient[]
  /** An access token of client credentials. */
  tokenOf(
    client: { clientId: string; clientSecret: string },
    audience: string,
    scope: string,
  ): Promise<string>
  stop(): Promise<void>
}

type Start = (options: ServerOptions) => Promise<RunningServer>

/** A fresh server that speaks gRPC: one process, or in scale mode three, unless it is started otherwise. */
export const startSubject = async (
  env: Record<string, string> = {},
  startIt: Start = start,
): Promise<GrpcSubject> => {
  const server = await startIt({
    seed,
    env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1', GRPC_PORT: String(await freePort()), ...env },
  })
  const clients = server.grpcPorts.map((port) => grpcClient(port))
  let turn = 0
  return {
    server,
    clients,
    call(method, request, options) {
      const client = clients[turn++ % clients.length]
      if (!client) throw new Error('the server has no gRPC port')
      return client.call(method, request, options)
    },
    async tokenOf(client, audience, scope) {
      const resource = `${server.issuer}/${audience}`
      const { body } = await calls(server).token(client, {
        grant_type: 'client_credentials',
        resource,
        scope,
      })
      return body.access_token ?? `none: ${body.error}`
    },
    async stop() {
      for (const client of clients) client.close()
      await server.stop()
    },
  }
}

/** A google.protobuf.Struct. */
export const struct = (members: object): object => ({
  fields: Object.fromEntries(Object.entries(members).map(([name, value]) => [name, protoValue(value)])),
})

const protoValue = (value: unknown): object => {
  if (typeof value === 'string') return { stringValue: value }
  if (typeof value === 'number') return { numberValue: value }
  if (typeof value === 'boolean') return { boolValue: value }
  if (Array.isArray(value)) return { listValue: { values: value.map(protoValue) } }
  return value === null ? { nullValue: 0 } : { structValue: struct(Object(value)) }
}
