import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { relyingParty, type Tokens } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'
import {
  type AdminCalls,
  adminCalls,
  adminPath,
  adminSeed,
  machineToken,
  ops,
  processesOf,
  startAdminSubject,
} from './admin-subject.ts'
import { accessCalls } from './authzen-subject.ts'
import { calls } from './calls.ts'
import { API, kim, ledger, OPAQUE_API, own, service } from './subject.ts'

/** Milliseconds within which every process has seen a change. */
const PROMISED = 1000

/** Asks for decisions. */
const asker = { clientId: 'asker', clientSecret: 'the-secret-of-asker-is-long-enough' }
const LEDGER = 'ledger:read'

const seed = {
  ...adminSeed,
  clients: [
    ...adminSeed.clients.map((client) =>
      client.client_id === own.clientId
        ? { ...client, permissions: { ...client.permissions, [OPAQUE_API]: [LEDGER] } }
        : client,
    ),
    {
      client_id: asker.clientId,
      client_secret: asker.clientSecret,
      redirect_uris: [],
      grant_types: ['client_credentials'],
      permissions: { '@access': ['access:evaluate'] },
    },
  ],
  accounts: adminSeed.accounts.map((account) =>
    account.email === kim.login ? { ...account, sub: 'kim' } : account,
  ),
}

let server: RunningServer
let admin: AdminCalls
let askersToken: string
let origins: string[]
/** Of a sign-in by Kim at an application; the refresh token is the last one. */
let tokens: Tokens
let refreshToken: string | undefined

beforeAll(async () => {
  server = await startAdminSubject({ seed })
  origins = processesOf(server)
  admin = adminCalls(server, await machineToken(server, ops))
  askersToken = await machineToken(server, asker, 'access:evaluate', `${server.issuer}/access`)
})
afterAll(() => server?.stop())

beforeEach(async () => {
  const party = await relyingParty(server.issuer, own)
  tokens = await party.signIn(createAgent(), kim, { scope: `openid ${LEDGER}`, resource: OPAQUE_API })
  refreshToken = tokens.refresh_token
})

const decide = async (issuer: string, subject: object, permission: string, api: string): Promise<unknown> =>
  accessCalls({ issuer }, askersToken).decide({
    subject,
    action: { name: permission },
    resource: { type: 'api', id: api },
  })

/** The scope of the next access token, or the error. */
const refreshed = async (issuer: string): Promise<string> => {
  const { body } = await calls({ issuer }).refresh(own, refreshToken, { resource: OPAQUE_API })
  refreshToken = body.refresh_token ?? refreshToken
  return body.error ?? (body.scope?.split(' ').includes(LEDGER) ? LEDGER : '')
}

/** What one process says about Kim and the ledger. */
const seenAt = async (issuer: string) => ({
  decision: await decide(issuer, { type: 'user', id: 'kim' }, LEDGER, OPAQUE_API),
  introspected: (await calls({ issuer }).introspect(ledger, tokens.access_token)).body.scope ?? '',
  refreshed: await refreshed(issuer),
})
const granted = { decision: true, introspected: LEDGER, refreshed: LEDGER }
const withheld = { decision: false, introspected: '', refreshed: '' }

/** One process after the other: a refresh token is good for one. */
const everywhere = async <Seen>(look: (issuer: string) => Promise<Seen>): Promise<Seen[]> => {
  const seen: Seen[] = []
  for (const origin of origins) seen.push(await look(origin))
  return seen
}

/** Makes a change through each process in turn, there and back, and looks what the others say. */
const thereAndBack = async <Seen>(
  { there, back }: { there: (origin: string) => Promise<void>; back: (origin: string) => Promise<void> },
  look: (issuer: string) => Promise<Seen>,
  { before, after }: { before: Seen; after: Seen },
): Promise<void> => {
  const all = (seen: Seen): Seen[] => origins.map(() => seen)
  for (const origin of origins) {
    expect(await everywhere(look)).toEqual(all(before))
    for (const [change, expected] of [
      [there, after],
      [back, before],
    ] as const) {
      await change(origin)
      expect(await look(origin)).toEqual(expected)
      await expect.poll(() => everywhere(look), { timeout: PROMISED, interval: 20 }).toEqual(all(expected))
    }
  }
}

const done = async (answer: Promise<{ status: number; text: string }>): Promise<void> => {
  const { status, text } = await answer
  if (status >= 300) throw new Error(`${status} ${text}`)
}

describe('is seen at once by the process that made it, and by every other within a second:', () => {
  it('a permission that a role loses and gets back', async () => {
    const path = adminPath('roles', 'reader')
    const give = (permissions: string[]) => (origin: string) =>
      done(
        admin.send('PUT', path, {
          origin,
          headers: { 'if-match': '*' },
          body: { name: 'reader', permissions: { [API]: ['orders:read'], [OPAQUE_API]: permissions } },
        }),
      )
    const changes = { there: give([]), back: give([LEDGER]) }
    await thereAndBack(changes, seenAt, { before: granted, after: withheld })
  })

  it('a role that is taken from an account and given again', async () => {
    const path = adminPath('accounts', 'kim', 'assignments')
    const take = async (origin: string) => {
      const { body } = await admin.get(path, { origin })
      const held = body.assignments as { id: string; role: string }[]
      const id = held.find(({ role }) => role === 'reader')?.id ?? ''
      await done(admin.send('DELETE', `${path}/${id}`, { origin }))
    }
    const give = (origin: string) => done(admin.send('POST', path, { origin, body: { role: 'reader' } }))
    await thereAndBack({ there: take, back: give }, seenAt, { before: granted, after: withheld })
  })

  const standing = (client: { clientId: string }) => ({
    there: (origin: string) =>
      done(admin.send('POST', adminPath('clients', client.clientId, 'disable'), { origin })),
    back: (origin: string) =>
      done(admin.send('POST', adminPath('clients', client.clientId, 'enable'), { origin })),
  })

  it('a client that is disabled and enabled: for its refreshes, and introspection of its tokens', async () => {
    const look = async (issuer: string) => ({
      active: (await calls({ issuer }).introspect(ledger, tokens.access_token)).body.active,
      refreshed: await refreshed(issuer),
    })
    await thereAndBack(standing(own), look, {
      before: { active: true, refreshed: LEDGER },
      after: { active: false, refreshed: 'invalid_client' },
    })
  })

  it('a client that is disabled and enabled: for decisions about it, and for decisions that it asks for', async () => {
    const about = (issuer: string) =>
      decide(issuer, { type: 'client', id: service.clientId }, 'orders:write', API)
    await thereAndBack(standing(service), about, { before: true, after: false })
    await thereAndBack(standing(asker), about, { before: true, after: 401 })
  })
})
