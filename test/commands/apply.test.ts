import { afterAll, beforeAll, expect, it } from 'vitest'
import { API, kim, OPAQUE_API, seed, service, shop, startSubject } from '../flows/subject.ts'
import { commandHere } from '../support/commands-here.ts'
import type { RunningServer } from '../support/server.ts'

const NOTES = 'https://notes.example/api'
const SECRET = 'the-new-secret-of-the-notes-is-long-enough'
const file = {
  resources: [
    { identifier: NOTES, name: 'Notes', permissions: ['read', 'write'], types: ['note'] },
    { identifier: API, name: 'All orders' },
  ],
  roles: [{ name: 'author', permissions: { [NOTES]: ['read', 'write'] }, includes: ['reader'] }],
  clients: [
    {
      client_id: 'notes',
      client_secret: SECRET,
      grant_types: ['client_credentials'],
      permissions: { [NOTES]: ['read'] },
    },
    { client_id: shop.clientId, client_secret: shop.clientSecret },
  ],
  accounts: [
    { email: kim.login, roles: ['author', { role: 'author', on: { type: 'note', id: '7' } }] },
    { email: 'new@example.com', password: 'five quiet owls on a branch', name: 'New' },
  ],
}
let server: RunningServer

beforeAll(async () => {
  server = await startSubject()
})
afterAll(() => server?.stop())

const run = (line: string[], document: unknown, answer?: () => Promise<string> | string) =>
  commandHere(server, line, {
    input: typeof document === 'string' ? document : JSON.stringify(document),
    ...(answer ? { answer } : {}),
  })
const actions = (out: string): string[] =>
  JSON.parse(out).steps.map(({ action, kind, name }: Record<string, string>) => `${action} ${kind} ${name}`)

it('plans in the order of application what would be made, changed and left, and writes nothing', async () => {
  const { code, out, err } = await run(['plan', '-f', '-', '--json'], file)
  expect({ code, err }).toEqual({ code: 4, err: '' })
  expect(actions(out)).toEqual([
    `create resource ${NOTES}`,
    `change resource ${API}`,
    'create role author',
    'create client notes',
    `keep client ${shop.clientId}`,
    `change account ${kim.login}`,
    'create account new@example.com',
  ])
  const { steps } = JSON.parse(out)
  expect(steps[1].changes).toEqual([{ member: 'name', from: 'Orders', to: 'All orders' }])
  expect(steps[3].changes).toContainEqual({ member: 'client_secret' })
  expect(out).not.toMatch(/the-new-secret|quiet owls|argon2/)
  const people = await run(['plan', '-f', '-'], file)
  expect(people).toMatchObject({ code: 4, out: expect.stringContaining('    name: Orders -> All orders\n') })
  expect(people.out).toContain('    client_secret is set\n')
  expect(people.out).toMatch(/\n\n4 to make, 2 to change, 1 as they are\.\n$/)
  expect(await run(['apply', '-f', '-', '--dry-run'], file)).toEqual(people)
  expect((await run(['role', 'show', 'author'], '')).code).toBe(1)
})

it('asks before it applies, and does nothing without a yes or without anybody to ask', async () => {
  const no = await run(['apply', '-f', '-'], file, () => 'y')
  expect(no).toMatchObject({ code: 1, err: 'Nothing was written.\n' })
  expect(no.out).toContain('+ role author')
  const nobody = await run(['apply', '-f', '-'], file)
  expect(nobody).toMatchObject({ code: 2, err: expect.stringContaining('Nobody can be asked here') })
  expect((await run(['role', 'show', 'author'], '')).code).toBe(1)
})

it('writes nothing if somebody else changes something while the plan is looked at', async () => {
  const meanwhile = async () => {
    expect(await run(['resource', 'update', API, '--name', 'Our orders'], '')).toMatchObject({ code: 0 })
    return 'yes'
  }
  const { code, err } = await run(['apply', '-f', '-'], file, meanwhile)
  expect({ code, err }).toEqual({ code: 1, err: expect.stringContaining('Somebody changed something') })
  expect((await run(['role', 'show', 'author'], '')).code).toBe(1)
})

it('applies, writes it down, and finds nothing to do the second time', async () => {
  const { code, out, err } = await run(['apply', '-f', '-'], file, () => 'yes')
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/Applied\.\n$/)
  const shown = JSON.parse((await run(['account', 'show', kim.login, '--json'], '')).out)
  expect(shown.permissions).toMatchObject({ [NOTES]: ['read', 'write'], [OPAQUE_API]: ['ledger:read'] })
  expect(shown.roles).toContainEqual({ role: 'author', on: { type: 'note', id: '7' } })
  const { events } = JSON.parse((await run(['audit', 'list', '--actor', 'cli', '--json'], '')).out)
  expect(events.map(({ type }: { type: string }) => type)).toEqual([
    'account.created',
    'assignment.added',
    'client.created',
    'role.created',
    'resource.changed',
    'resource.created',
    // Of the test before.
    'resource.changed',
  ])
  expect(events[4].detail).toEqual({
    name: API,
    before: { name: 'Our orders' },
    after: { name: 'All orders' },
  })
  expect(JSON.stringify(events)).not.toMatch(/the-new-secret|quiet owls|new@example/)
  expect(await run(['plan', '-f', '-'], file)).toMatchObject({ code: 0 })
  expect(await run(['apply', '-f', '-', '--yes'], file)).toMatchObject({
    code: 0,
    out: expect.stringContaining('Everything is as the file says.\n'),
  })
})

it('says of a secret only that it changes, and removes nothing that is not named', async () => {
  const { out } = await run(['apply', '-f', '-', '--yes', '--json'], {
    clients: [{ client_id: 'notes', client_secret: `${SECRET}-and-more` }],
  })
  expect(JSON.parse(out)).toMatchObject({
    dry_run: false,
    steps: [{ action: 'change', kind: 'client', changes: [{ member: 'client_secret' }] }],
  })
  const listed = JSON.parse((await run(['client', 'list', '--json'], '')).out).clients
  expect(listed.map(({ client_id }: { client_id: string }) => client_id)).toEqual(
    expect.arrayContaining([...seed.clients.map(({ client_id }) => client_id), 'notes']),
  )
})

it.each([
  [
    'every fault with its path',
    { roles: [{ name: 'x', includes: ['y'] }], clients: [{ client_id: 'z' }] },
    ['roles[0].includes[0]: wanted', 'clients[0].redirect_uris: wanted'],
  ],
  [
    'what contradicts the store',
    { accounts: [{ email: kim.login, sub: 'another' }] },
    ['Standard input contradicts what is stored:', 'accounts[0].sub: wanted'],
  ],
  ['what is no JSON, without repeating it', '{ "client_secret": "whispered', ['wanted a JSON document']],
])('tells %s', async (_what, document, sentences) => {
  for (const verb of ['plan', 'apply']) {
    const { code, out, err } = await run([verb, '-f', '-'], document)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    for (const sentence of sentences) expect(err).toContain(sentence)
    expect(err).not.toContain('whispered')
  }
})

it('can explains every way in which a role does not count, with the conditions and what they miss', async () => {
  const owner = { equal: [{ resource: 'owner' }, { subject: 'id' }] }
  await run(['apply', '-f', '-', '--yes'], {
    roles: [{ name: 'owner', permissions: { [NOTES]: ['write'] } }],
    accounts: [
      {
        email: 'pat@example.com',
        sub: 'pat',
        roles: [
          { role: 'owner', when: owner },
          { role: 'author', until: '2020-01-01T00:00:00Z' },
        ],
      },
    ],
  })
  const ask = (...more: string[]) => run(['can', 'pat', 'write', ...more, '--explain'], '')
  const condition = JSON.stringify(owner)
  const expired = '  The role author until 2020-01-01T00:00:00.000Z has it, and is past its end.\n'
  const pairs: [string[], number, string][] = [
    [
      [NOTES],
      1,
      `no\n  The role owner on a condition has it on a condition, which only a question about one thing can meet: ${condition}.\n${expired}`,
    ],
    [
      ['note/1'],
      1,
      `no\n  The role owner on a condition has it on a condition that asks for a property which was not told: ${condition}.\n${expired}`,
    ],
    [
      ['note/1', '--resource-property', 'owner=kim'],
      1,
      `no\n  The role owner on a condition has it on a condition that is not met: ${condition}.\n${expired}`,
    ],
    [['note/1', '--resource-property', 'owner=pat'], 0, 'yes\n  The role owner on a condition gives it.\n'],
    [
      [NOTES, '--type', 'note', '--id', '1', '--resource-property', 'owner=pat'],
      0,
      'yes\n  The role owner on a condition gives it.\n',
    ],
    [['page/1'], 1, 'no\n  There is no API "page/1".\n'],
    [[API], 1, `no\n  ${API} has no permission "write".\n`],
  ]
  for (const [more, code, out] of pairs) expect(await ask(...more)).toEqual({ code, out, err: '' })
  expect(await run(['can', kim.login, 'orders:read', API, '--explain'], '')).toMatchObject({
    code: 0,
    out: expect.stringContaining('  The role author (author, which includes reader) gives it.\n'),
  })
  const { out } = await run(
    ['can', `client:${service.clientId}`, 'orders:write', API, '--explain', '--json'],
    '',
  )
  expect(JSON.parse(out)).toEqual({
    allowed: true,
    subject: { type: 'client', id: service.clientId },
    permission: 'orders:write',
    resource: API,
    thing: null,
    reasons: [{ from: 'own', outcome: 'holds', path: [], assignment: null }],
    why: ['The client is registered with it.'],
  })
  expect(await run(['can', 'nobody', 'read', NOTES], '')).toMatchObject({
    code: 1,
    out: '',
    err: expect.stringContaining('There is no account "nobody"'),
  })
})
