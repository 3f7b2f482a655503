import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest'
import { calls } from '../flows/calls.ts'
import { API, kim, lou, post, seed, service, shop, startSubject } from '../flows/subject.ts'
import { commandHere } from '../support/commands-here.ts'
import type { RunningServer } from '../support/server.ts'

let server: RunningServer

beforeAll(async () => {
  const [resource, ...resources] = seed.resources
  server = await startSubject({
    seed: { ...seed, resources: [{ ...resource, types: ['order'] }, ...resources] },
    env: {
      BOOTSTRAP_ADMIN_EMAIL: 'root@example.com',
      BOOTSTRAP_ADMIN_PASSWORD: 'seven copper kettles in a row',
    },
  })
})
afterAll(() => server?.stop())

const run = (line: string[]) => commandHere(server, line)
const done = async (...line: string[]): Promise<string> => {
  const { code, out, err } = await run(line)
  expect({ line, code, err }).toEqual({ line, code: 0, err: '' })
  return out
}
const json = async (...line: string[]) => JSON.parse(await done(...line, '--json'))
const refused = async (sentence: string, ...line: string[]): Promise<void> => {
  const { code, out, err } = await run(line)
  expect({ line, code, out }).toEqual({ line, code: 1, out: '' })
  expect(err).toContain(sentence)
  expect(err).not.toMatch(/^ +at /m)
}
const signIn = async ({ login, password }: { login: string; password: string }): Promise<number> => {
  const answer = await fetch(`${server.issuer}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: login, password }),
  })
  return answer.status
}
const eventually = (check: () => Promise<void>) => vi.waitFor(check, 10_000)

describe('accounts', () => {
  it('are listed page by page, by the beginning of their address and by role, as one document or a table', async () => {
    const first = await json('account', 'list', '--limit', '2')
    expect(first.accounts.map(({ email }: { email: string }) => email)).toEqual([kim.login, lou.login])
    const second = await json('account', 'list', '--limit', '2', '--after', first.next)
    expect(second).toMatchObject({
      accounts: [{ email: 'root@example.com', roles: [{ role: 'admin' }] }],
      next: null,
    })
    const readers = await json('account', 'list', '--role', 'reader')
    expect(readers.accounts).toMatchObject([{ email: kim.login, disabled: false, has_password: true }])
    const table = (await done('account', 'list', '--prefix', 'KIM')).trimEnd().split('\n')
    expect(table).toHaveLength(2)
    expect(table[1]).toMatch(/^kim@example\.com +\S+ +Kim +verified +reader, idle$/)
    expect(JSON.stringify([first, table])).not.toMatch(/argon2|\$/)
  })

  it('are shown with what they may do, by sub and by address', async () => {
    const byAddress = await json('account', 'show', kim.login.toUpperCase())
    expect(byAddress.permissions).toMatchObject({ [API]: ['orders:read'] })
    expect(await json('account', 'show', byAddress.sub)).toEqual(byAddress)
    expect(await done('account', 'show', kim.login)).toMatch(/^permissions +https:\S+: orders:read$/m)
    await refused('There is no account "nobody@example.com"', 'account', 'show', 'nobody@example.com')
  })

  it('a dry run checks everything and changes nothing', async () => {
    const before = await json('account', 'show', lou.login)
    const events = (await json('audit', 'list')).events.length
    for (const line of [
      ['account', 'disable', lou.login],
      ['account', 'delete', lou.login, '--now'],
      ['account', 'sessions', 'end', lou.login],
      ['account', 'update', lou.login, '--name', 'Louise'],
      ['account', 'assign', lou.login, 'reader'],
      ['account', 'create', '--email', 'new@example.com'],
      ['role', 'create', 'dry'],
      ['role', 'delete', 'reader', '--cascade'],
      ['resource', 'create', 'https://dry.example'],
      ['client', 'create', '--id', 'dry', '--redirect-uri', 'https://dry.example/cb'],
      ['client', 'delete', shop.clientId],
      ['client', 'rotate-secret', shop.clientId],
    ])
      expect(await json(...line, '--dry-run')).toMatchObject({ dry_run: true })
    expect(await json('account', 'show', lou.login)).toEqual(before)
    expect((await json('audit', 'list')).events).toHaveLength(events)
    expect(JSON.stringify(await json('role', 'list'))).not.toContain('dry')
    expect(JSON.stringify(await json('resource', 'list'))).not.toContain('dry')
    await refused(
      'Another account has this address',
      'account',
      'update',
      lou.login,
      '--email',
      kim.login,
      '--dry-run',
    )
    await refused('There is no such role', 'account', 'assign', lou.login, 'raeder', '--dry-run')
    await refused('is in use', 'role', 'delete', 'reader', '--dry-run')
    await refused('is the last administrator', 'account', 'disable', 'root@example.com', '--dry-run')
  })

  it('are given a role and lose it, narrowed or not, and the decision follows', async () => {
    const can = (...more: string[]) => run(['can', lou.login, 'orders:read', ...more])
    expect(await can(API)).toEqual({ code: 1, out: 'no\n', err: '' })
    const narrowed = ['--on', 'order/7', '--until', '2099-01-01T00:00:00Z']
    expect(await done('account', 'assign', lou.login, 'reader', ...narrowed)).toBe(
      'lou@example.com now has reader on order/7 until 2099-01-01T00:00:00.000Z.\n',
    )
    expect(await can('order/7')).toMatchObject({ code: 0, out: 'yes\n' })
    expect(await can(API, '--explain')).toEqual({
      code: 1,
      out: 'no\n  The role reader on order/7 until 2099-01-01T00:00:00.000Z has it, for another thing.\n',
      err: '',
    })
    await done('account', 'unassign', lou.login, 'reader')
    expect(await can('order/7')).toMatchObject({ code: 0 })
    await done('account', 'unassign', lou.login, 'reader', ...narrowed)
    expect(await can('order/7')).toMatchObject({ code: 1 })
    const { events } = await json('audit', 'list', '--account', lou.login, '--type', 'assignment.added')
    expect(events).toMatchObject([
      { actor: 'cli', address: null, detail: { assignment: { role: 'reader' } } },
    ])
  })

  it('the last administrator stays, whatever is tried', async () => {
    await refused('is the last administrator', 'account', 'disable', 'root@example.com')
    await refused('is the last administrator', 'account', 'delete', 'root@example.com', '--now')
    await refused('This is the last administrator', 'account', 'unassign', 'root@example.com', 'admin')
    await done('account', 'assign', kim.login, 'admin')
    await done('account', 'disable', 'root@example.com')
    await refused('This is the last administrator', 'account', 'unassign', kim.login, 'admin')
    await done('account', 'enable', 'root@example.com')
    await done('account', 'unassign', kim.login, 'admin')
  })

  it('are disabled, enabled and signed out at the running server', async () => {
    expect(await signIn(lou)).toBe(200)
    await done('account', 'disable', lou.login)
    await eventually(async () => expect(await signIn(lou)).toBe(401))
    await done('account', 'enable', lou.login)
    await eventually(async () => expect(await signIn(lou)).toBe(200))
    const before = await json('account', 'show', lou.login)
    await done('account', 'sessions', 'end', lou.login)
    expect((await json('account', 'show', lou.login)).updated_at > before.updated_at).toBe(true)
    const { events } = await json('audit', 'list', '--account', lou.login, '--actor', 'cli', '--limit', '3')
    expect(events.map(({ type }: { type: string }) => type)).toEqual([
      'sessions.ended',
      'account.enabled',
      'account.disabled',
    ])
  })

  it('are changed, and removed when the window is over', async () => {
    await done('account', 'update', lou.login, '--name', 'Louise', '--locale', 'fr')
    expect(await json('account', 'show', lou.login)).toMatchObject({ name: 'Louise', locale: 'fr' })
    await done('account', 'update', lou.login, '--name', '')
    expect(await json('account', 'show', lou.login)).toMatchObject({ name: null, locale: 'fr' })
    const { account } = await json('account', 'delete', lou.login)
    expect(Date.parse(account.deletion_due)).toBeGreaterThan(Date.now())
    expect(await done('account', 'list', '--prefix', 'lou')).toContain('leaving')
  })
})

describe('roles and APIs', () => {
  it('are made, changed and removed, and what is in use is named', async () => {
    const identifier = 'https://notes.example/api'
    await done(
      'resource',
      'create',
      identifier,
      '--name',
      'Notes',
      '--permission',
      'read',
      '--permission',
      'write',
    )
    await done('role', 'create', 'author', '--permission', `${identifier} read write`, '--include', 'reader')
    expect(await json('role', 'show', 'author')).toMatchObject({
      permissions: { [identifier]: ['read', 'write'] },
      includes: ['reader'],
      default: false,
      holders: [],
    })
    expect((await json('resource', 'show', identifier)).roles).toEqual(['author'])
    await refused('role author', 'resource', 'update', identifier, '--permission', 'read')
    await done('resource', 'update', identifier, '--permission', 'read', '--cascade')
    expect((await json('role', 'show', 'author')).permissions).toEqual({ [identifier]: ['read'] })
    await done('role', 'update', 'author', '--name', 'writer', '--include', '', '--default', 'yes')
    expect(await json('role', 'show', 'writer')).toMatchObject({ includes: [], default: true })
    await done('account', 'assign', kim.login, 'writer')
    await refused(`account ${kim.login}`, 'role', 'delete', 'writer')
    await done('role', 'delete', 'writer', '--cascade')
    expect(JSON.stringify(await json('account', 'show', kim.login))).not.toContain('writer')
    await done('resource', 'delete', identifier)
    expect(JSON.stringify(await json('resource', 'list'))).not.toContain('notes.example')
  })

  it.each([
    ['a role that there is', 'There is a role "reader" already', 'role create reader'],
    ['an API that is built in', 'that can be changed', 'resource delete @admin'],
    [
      'a permission that there is not',
      'permissions["@admin"][0]: wanted',
      'role create x --permission @admin_burn',
    ],
  ])('refuse %s with a sentence', (_what, sentence, line) =>
    refused(sentence, ...line.split(' ').map((word) => word.replace('_', ' '))),
  )
})

describe('clients', () => {
  const token = (clientSecret: string) =>
    post(
      server,
      '/oauth2/token',
      { grant_type: 'client_credentials', resource: API, scope: 'orders:write' },
      { ...service, clientSecret },
    )

  it('have a new secret beside the former one, and are never shown with either', async () => {
    const { client_secret: secret, former_secret_until: until } = await json(
      'client',
      'rotate-secret',
      service.clientId,
      '--overlap',
      '60',
    )
    expect(Date.parse(until)).toBeGreaterThan(Date.now())
    await eventually(async () => expect((await token(secret)).status).toBe(200))
    expect((await token(service.clientSecret)).status).toBe(200)
    const shown = await done('client', 'show', service.clientId, '--json')
    expect(JSON.parse(shown)).toMatchObject({ client_id: service.clientId, former_secret_until: until })
    for (const hidden of [secret, service.clientSecret, 'secret_mac', '"mac"'])
      expect(shown).not.toContain(hidden)
    await done('client', 'rotate-secret', service.clientId, '--overlap', '0')
    await eventually(async () => expect((await token(secret)).status).toBe(401))
    await refused('does not authenticate with a secret', 'client', 'rotate-secret', 'spa')
  })

  it('that are disabled get nothing, and what they had is dead until they are enabled', async () => {
    const { client_secret: secret } = await json('client', 'rotate-secret', service.clientId)
    await eventually(async () => expect((await token(secret)).status).toBe(200))
    await done('client', 'disable', service.clientId)
    await eventually(async () => expect((await token(secret)).body.error).toBe('invalid_client'))
    expect(await done('client', 'list')).toMatch(/^service +- +disabled /m)
    expect(await run(['can', `client:${service.clientId}`, 'orders:write', API, '--explain'])).toMatchObject({
      code: 1,
      out: 'no\n  It is disabled.\n',
    })
    await done('client', 'assign', service.clientId, 'reader')
    await done('client', 'enable', service.clientId)
    await eventually(async () => expect((await token(secret)).status).toBe(200))
    expect(await run(['can', `client:${service.clientId}`, 'orders:write', API, '--explain'])).toMatchObject({
      code: 0,
      out: 'yes\n  The client is registered with it.\n',
    })
    await done('client', 'delete', service.clientId)
    await refused('There is no client "service"', 'client', 'show', service.clientId)
    expect(await calls(server).isActive(shop, 'x')).toBe(false)
  })
})
