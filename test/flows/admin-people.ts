import { setTimeout as sleep } from 'node:timers/promises'
import { expect } from 'vitest'
import type { ServerOptions } from '../support/server.ts'
import { type AdminAnswer, type AdminCalls, adminSeed, startAdminSubject } from './admin-subject.ts'

/** Keeps accounts, roles and what they allowed; nothing else of the administration. */
export const helpdesk = {
  clientId: 'helpdesk',
  clientSecret: 'the-secret-of-the-helpdesk-is-long-enough',
}
export const HELPING = [
  'accounts:read',
  'accounts:write',
  'grants:read',
  'grants:write',
  'roles:read',
  'roles:write',
]
/** Keeps clients, and nothing else. */
export const registrar = {
  clientId: 'registrar',
  clientSecret: 'the-secret-of-the-registrar-is-long-enough',
}
export const REGISTERING = ['clients:read', 'clients:write']

const machine = ({ clientId, clientSecret }: typeof helpdesk, permissions: string[]) => ({
  client_id: clientId,
  client_secret: clientSecret,
  redirect_uris: [],
  grant_types: ['client_credentials'],
  permissions: { '@admin': permissions },
})

export const peopleSeed = {
  ...adminSeed,
  clients: [...adminSeed.clients, machine(helpdesk, HELPING), machine(registrar, REGISTERING)],
}

export const startPeople = (options: ServerOptions = {}) =>
  startAdminSubject({ seed: peopleSeed, ...options })

export const etagOf = ({ headers }: AdminAnswer): string => headers.get('etag') ?? ''

export const nextOf = ({ headers }: AdminAnswer): string | undefined =>
  /^<(.+)>; rel="next"$/.exec(headers.get('link') ?? '')?.[1]

export const expectProblem = (
  { status, headers, body }: AdminAnswer,
  expected: number,
  code: string,
): void => {
  expect({ status, code: body.code }).toEqual({ status: expected, code })
  expect(headers.get('content-type')).toMatch(/^application\/problem\+json/)
  expect(headers.get('cache-control')).toBe('no-store')
}

/** Accounts whose address begins so. */
export const accountsLike = async (calls: AdminCalls, prefix: string) =>
  (await calls.get(`/admin/accounts?${new URLSearchParams({ prefix })}`)).body.accounts as {
    sub: string
    email: string
  }[]

export const subOf = async (calls: AdminCalls, email: string): Promise<string> => {
  const found = (await accountsLike(calls, email)).find((account) => account.email === email)
  if (!found) throw new Error(`no account ${email}`)
  return found.sub
}

/** Events of the audit, once they have had time to be written. */
export const eventsOf = async (calls: AdminCalls, query: Record<string, string>) => {
  await sleep(100)
  const { body } = await calls.get(`/admin/audit?${new URLSearchParams({ limit: '200', ...query })}`)
  return body.events as { type: string; actor: string; sub?: string; detail: Record<string, unknown> }[]
}
