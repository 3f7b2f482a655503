import { cpSync, existsSync, readdirSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import * as oidc from 'openid-client'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { kim, lou, own, post, service, startSubject } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { gatehouse } from '../support/command.ts'
import { newHome } from '../support/home.ts'
import type { Credentials } from '../support/person.ts'
import { relyingParty } from '../support/relying-party.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const later = { login: 'late@example.com', password: 'copper kettle under the stairs' }
let server: RunningServer
let refreshToken: string
let jwks: unknown
let file: string

const signIn = async (person: Credentials) => {
  const party = await relyingParty(server.issuer, own)
  return party.signIn(createAgent(), person, { scope: 'openid offline_access', prompt: 'consent' })
}
const published = async (): Promise<unknown> => (await fetch(`${server.issuer}/oauth2/jwks`)).json()
const register = async ({ login, password }: Credentials): Promise<number> => {
  const agent = createAgent()
  const form = await agent.get(`${server.issuer}/register`)
  return (await agent.submit(form, '#submit-register', { email: login, password })).status
}

beforeAll(async () => {
  server = await startSubject()
  refreshToken = (await signIn(kim)).refresh_token ?? ''
  jwks = await published()
  file = join(server.home, 'gatehouse.backup')
})
afterAll(() => server?.stop())

it('R-15 writes a backup while the server answers, in a file for its owner only', async () => {
  let running = true
  const traffic = async (): Promise<number[]> => {
    const statuses: number[] = []
    while (running)
      statuses.push(
        (await post(server, '/oauth2/token', { grant_type: 'client_credentials' }, service)).status,
      )
    return statuses
  }
  const answers = traffic()
  const { code, out, err } = await gatehouse(server, ['backup', file])
  running = false
  expect(err).toBe('')
  expect(code).toBe(0)
  expect(out).toContain(`Wrote ${file}. Keep it with a copy of ${join(server.home, 'keys')}`)
  expect(statSync(file).mode & 0o777).toBe(0o600)
  const statuses = await answers
  expect(statuses.length).toBeGreaterThan(1)
  expect(new Set(statuses)).toEqual(new Set([200]))
})

it('overwrites no backup, and writes none into a folder that is not there', async () => {
  const again = await gatehouse(server, ['backup', file])
  expect(again).toMatchObject({
    code: 1,
    out: '',
    err: `the backup ${file} exists already; it is not overwritten\n`,
  })
  const nowhere = await gatehouse(server, ['backup', join(server.home, 'nowhere', 'gatehouse.backup')])
  expect(nowhere.code).toBe(1)
  expect(nowhere.err).toMatch(/^the file .*nowhere.* cannot be created/)
})

it('is not restored under a running server', async () => {
  const { code, err } = await gatehouse(server, ['restore', file])
  expect(code).toBe(1)
  expect(err).toContain(`is in use by process ${server.pid}`)
  expect((await fetch(`${server.issuer}/readyz`)).status).toBe(200)
})

it('R-15 restores a server that knows the same people, sign-ins and keys, and keeps the former data', async () => {
  expect(await register(later)).toBe(200)
  await server.stop()
  const { code, out, err } = await gatehouse(server, ['restore', file])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const [, kept = ''] = /The former data is in (\S+)\.\n$/.exec(out) ?? []
  expect(existsSync(kept)).toBe(true)
  server = await startServer({
    home: server.home,
    port: server.port,
    env: { SEED_FILE: join(server.home, 'seed.json') },
  })
  expect(await published()).toEqual(jwks)
  const party = await relyingParty(server.issuer, own)
  const renewed = await oidc.refreshTokenGrant(party.config, refreshToken)
  expect(renewed.claims()?.sub).toBe((await signIn(kim)).claims()?.sub)
  await expect(signIn(later)).rejects.toThrow('no answer')
})

const dataFiles = (): string[] =>
  readdirSync(join(server.home, 'data')).filter((name) => !name.startsWith('server.lock'))

it.each([
  ['that is not there', undefined, 'there is no backup at'],
  ['that is something else', 'not a database, but long enough to look like a file of some kind', ''],
])('refuses to restore a file %s, and leaves the data as it is', async (_what, text, sentence) => {
  const other = join(server.home, 'other.backup')
  if (text !== undefined) writeFileSync(other, text)
  await server.stop()
  const before = dataFiles()
  const { code, out, err } = await gatehouse(server, ['restore', other])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toContain(other)
  expect(err).toContain(sentence)
  expect(err).not.toMatch(/^ +at /m)
  expect(dataFiles()).toEqual(before)
  server = await startServer({
    home: server.home,
    port: server.port,
    env: { SEED_FILE: join(server.home, 'seed.json') },
  })
  expect((await signIn(lou)).claims()?.sub).toBeDefined()
})

it('R-15 restores on another machine that has a copy of the keys', async () => {
  await server.stop()
  const home = newHome()
  cpSync(join(server.home, 'keys'), join(home, 'keys'), { recursive: true })
  const { code, out } = await gatehouse({ home, port: server.port }, ['restore', file])
  expect({ code, out }).toEqual({ code: 0, out: `Restored ${file} to ${join(home, 'data')}.\n` })
  server = await startServer({ home, port: server.port })
  expect(await published()).toEqual(jwks)
  expect((await signIn(kim)).claims()?.sub).toBeDefined()
})
