import { adminPermissions } from '../../src/domain/access/model.ts'
import { createAgent } from '../support/browserless.ts'
import type { Deployment } from '../support/deployment.ts'
import { relyingParty } from '../support/relying-party.ts'
import type { RunningServer, ServerOptions } from '../support/server.ts'
import { calls } from './calls.ts'
import { API, kim, lou, seed, startSubject } from './subject.ts'

const secret = (name: string): string => `the-secret-of-${name}-is-long-enough`

/** May do everything. */
export const ops = { clientId: 'ops', clientSecret: secret('ops') }
/** Keeps APIs and roles, and nothing else. */
export const keeper = { clientId: 'keeper', clientSecret: secret('keeper') }
/** Where people sign in who administer. */
export const desk = {
  clientId: 'desk',
  clientSecret: secret('desk'),
  redirectUri: 'http://localhost:4750/callback',
}
/** Holds every permission of the administration by a role; `kim` and `lou` hold none. */
export const boss = { login: 'boss@example.com', password: 'granite beacon by the shore' }
export const KEPT = ['resources:read', 'resources:write', 'roles:read', 'roles:write']

const machine = ({ clientId, clientSecret }: typeof ops, permissions: string[]) => ({
  client_id: clientId,
  client_secret: clientSecret,
  redirect_uris: [],
  grant_types: ['client_credentials'],
  permissions: { '@admin': permissions },
})

/** The seed of the flows with those who administer. */
export const adminSeed = {
  ...seed,
  roles: [
    ...seed.roles,
    { name: 'boss', permissions: { '@admin': adminPermissions } },
    { name: 'auditor', permissions: { '@admin': ['audit:read'] } },
  ],
  clients: [
    ...seed.clients,
    machine(ops, adminPermissions),
    machine(keeper, KEPT),
    {
      client_id: desk.clientId,
      client_secret: desk.clientSecret,
      redirect_uris: [desk.redirectUri],
      grant_types: ['authorization_code', 'refresh_token'],
      first_party: true,
      permissions: { '@admin': adminPermissions },
    },
  ],
  accounts: [
    ...seed.accounts,
    { email: boss.login, password: boss.password, name: 'Boss', email_verified: true, roles: ['boss'] },
  ],
}

export const startAdminSubject = (options: ServerOptions = {}) =>
  startSubject({
    seed: adminSeed,
    ...options,
    env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1', ...options.env },
  })

type Issuer = { issuer: string }

/** A token by client credentials, for all that the client has by default. */
export const machineToken = async (
  server: Issuer,
  client: typeof ops,
  scope = adminPermissions.join(' '),
  resource = `${server.issuer}/admin`,
): Promise<string> => {
  const fields = { grant_type: 'client_credentials', resource, scope }
  const { body, status } = await calls(server).token(client, fields)
  if (body.access_token === undefined) throw new Error(`no token: ${status} ${body.error}`)
  return body.access_token
}

/** The tokens of a person who signs in at the desk. */
export const personTokens = async (server: Issuer, person: typeof boss, scopes = adminPermissions) => {
  const party = await relyingParty(server.issuer, desk)
  const resource = `${server.issuer}/admin`
  return party.signIn(createAgent(), person, { resource, scope: `openid ${scopes.join(' ')}` })
}

export interface AdminAnswer {
  status: number
  headers: Headers
  body: Record<string, unknown>
  text: string
}

/** An answer of a call below `/admin/`, to be compared with the documentation. */
export interface Seen {
  method: string
  path: string
  answer: AdminAnswer
}
/** Every answer of this file of tests. */
export const seen: Seen[] = []

export interface AdminRequest {
  body?: unknown
  headers?: Record<string, string>
  /** Another process of the deployment. */
  origin?: string
}

/** The calls of who has this token; a body that is a text goes as it is. */
export const adminCalls = (server: Issuer, token: string | undefined) => {
  const send = async (
    method: string,
    path: string,
    { body, headers = {}, origin = server.issuer }: AdminRequest = {},
  ): Promise<AdminAnswer> => {
    const answer = await fetch(`${origin}${path}`, {
      method,
      headers: {
        ...(token === undefined ? {} : { authorization: `Bearer ${token}` }),
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...headers,
      },
      ...(body === undefined ? {} : { body: typeof body === 'string' ? body : JSON.stringify(body) }),
    })
    const text = await answer.text()
    const told = {
      status: answer.status,
      headers: answer.headers,
      body: text === '' ? {} : JSON.parse(text),
      text,
    }
    seen.push({ method, path: path.split('?', 1)[0] ?? '', answer: told })
    return told
  }
  return {
    send,
    get: (path: string, request?: AdminRequest) => send('GET', path, request),
    post: (path: string, body: unknown, headers?: Record<string, string>) =>
      send('POST', path, { body, ...(headers && { headers }) }),
    put: (path: string, body: unknown, etag: string | null = '*') =>
      send('PUT', path, { body, headers: etag === null ? {} : { 'if-match': etag } }),
    remove: (path: string, headers?: Record<string, string>) =>
      send('DELETE', path, headers ? { headers } : {}),
  }
}
export type AdminCalls = ReturnType<typeof adminCalls>

/** Addresses of the processes behind the proxy, or of the one that there is. */
export const processesOf = (server: RunningServer | Deployment): string[] =>
  'processes' in server
    ? server.processes.map(({ port }) => `http://127.0.0.1:${port}`)
    : [`http://127.0.0.1:${server.port}`]

/** A path below `/admin/` with these values as segments. */
export const adminPath = (first: string, ...segments: string[]): string =>
  ['/admin', first, ...segments.map(encodeURIComponent)].join('/')

export { API, kim, lou }
