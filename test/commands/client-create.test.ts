import { writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { API, kim, post, shop, startSubject } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { gatehouse } from '../support/command.ts'
import { relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'

const redirectUri = 'http://localhost:4710/callback'
let server: RunningServer

beforeAll(async () => {
  server = await startSubject()
})
afterAll(() => server?.stop())

const create = (args: string[], env?: Record<string, string>) =>
  gatehouse(server, ['client', 'create', ...args], env ? { env } : {})
const createFrom = (name: string, text: string) => {
  const path = join(server.home, name)
  writeFileSync(path, text)
  return create(['--file', path])
}
/** Signs Kim in to a client that the running server has to learn of first. */
const signIn = async (client: { clientId: string; clientSecret?: string }) => {
  const party = await relyingParty(server.issuer, { ...client, redirectUri })
  return vi.waitFor(() => party.signIn(createAgent(), kim), 10_000)
}

it('registers a confidential client whose secret is printed once and works at the running server', async () => {
  const { code, out, err } = await create([
    '--id',
    'desk',
    '--name',
    'The desk',
    '--redirect-uri',
    redirectUri,
  ])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const [, clientSecret = ''] = /^client_id=desk\nclient_secret=(\S{43,})\n$/.exec(out) ?? []
  const tokens = await signIn({ clientId: 'desk', clientSecret })
  expect(tokens.claims()?.aud).toBe('desk')
  const guess = await post(
    server,
    '/oauth2/token',
    { grant_type: 'authorization_code' },
    { clientId: 'desk', clientSecret: `${clientSecret}x` },
  )
  expect(guess.body.error).toBe('invalid_client')
})

it('registers a public client, without a secret', async () => {
  const { code, out } = await create(['--id', 'phone', '--public', '--redirect-uri', redirectUri])
  expect({ code, out }).toEqual({ code: 0, out: 'client_id=phone\n' })
  expect((await signIn({ clientId: 'phone' })).claims()?.aud).toBe('phone')
})

it('registers what a whole document says, and does not repeat a secret that it brings', async () => {
  const client = { clientId: 'robot', clientSecret: 'a-secret-for-the-robot-of-enough-characters' }
  const { code, out } = await createFrom(
    'robot.json',
    JSON.stringify({
      client_id: client.clientId,
      client_secret: client.clientSecret,
      grant_types: ['client_credentials'],
      permissions: { [API]: ['orders:write'] },
    }),
  )
  expect({ code, out }).toEqual({ code: 0, out: 'client_id=robot\n' })
  const fields = { grant_type: 'client_credentials', resource: API, scope: 'orders:write' }
  await vi.waitFor(async () => {
    expect(await post(server, '/oauth2/token', fields, client)).toMatchObject({
      status: 200,
      body: { scope: 'orders:write' },
    })
  }, 10_000)
})

it('tells every fault of a document with its path, and registers nothing', async () => {
  const document = {
    client_id: 'faulty',
    redirect_uris: ['https://faulty.example/cb', 'http://faulty.example/cb'],
    first_party: 'yes',
    colour: 'red',
  }
  const { code, out, err } = await createFrom('faulty.json', JSON.stringify(document))
  expect({ code, out }).toEqual({ code: 1, out: '' })
  for (const path of ['redirect_uris[1]', 'first_party', 'colour']) {
    expect(err).toMatch(new RegExp(`^  ${path.replace(/[[\].]/g, '\\$&')}: `, 'm'))
  }
  const again = await create(['--id', 'faulty', '--redirect-uri', redirectUri])
  expect(again.code).toBe(0)
})

it('refuses a client that asks for an API that nobody declared', async () => {
  const document = {
    client_id: 'astray',
    redirect_uris: [redirectUri],
    permissions: { 'https://nowhere.example': ['a'] },
  }
  const { code, err } = await createFrom('astray.json', JSON.stringify(document))
  expect(code).toBe(1)
  expect(err).toContain('permissions["https://nowhere.example"]: wanted')
})

it('refuses a document that is no JSON, without repeating what is in it', async () => {
  const { code, err } = await createFrom(
    'torn.json',
    '{ "client_id": "torn", "client_secret": "whispered-secret"',
  )
  expect(code).toBe(1)
  expect(err).toMatch(/torn\.json cannot be read as a JSON document\.\n$/)
  expect(err).not.toContain('whispered')
})

it.each([
  [
    'a client id that is taken',
    ['--id', shop.clientId, '--redirect-uri', redirectUri],
    'The client id "shop" is taken.',
  ],
  ['a client without an id', ['--redirect-uri', redirectUri], 'client_id: missing; wanted a text'],
  ['a client without a redirect URI', ['--id', 'lost'], 'redirect_uris: wanted'],
  ['options beside a document', ['--file', 'robot.json', '--public'], 'leave the other options out'],
  ['a document that is not there', ['--file', 'missing.json'], 'missing.json cannot be read'],
])('refuses %s with a sentence', async (_what, args, sentence) => {
  const { code, out, err } = await create(args)
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toContain(sentence)
  expect(err).not.toMatch(/^ +at /m)
})
