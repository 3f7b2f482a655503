import { execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { cpSync, existsSync, mkdirSync, statSync, symlinkSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fetchUserInfo } from 'openid-client'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { type Example, startExample } from '../support/example.ts'
import { freePort } from '../support/free-port.ts'
import { newHome } from '../support/home.ts'
import { relyingParty } from '../support/relying-party.ts'

const root = join(import.meta.dirname, '../..')
const home = newHome()
const folder = join(home, 'gatehouse')
const demoWeb = {
  clientId: 'demo-web',
  clientSecret: 'demo-web-secret',
  redirectUri: 'http://localhost:4000/callback',
}
const ORDERS = 'http://localhost:4002/orders'

/** What a clone of the project would have: the files of this work tree that git tracks or would. */
const clone = (): void => {
  const listed = execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], {
    cwd: root,
  })
  for (const path of listed
    .toString()
    .split('\0')
    .filter((name) => name !== '' && existsSync(join(root, name)))) {
    mkdirSync(dirname(join(folder, path)), { recursive: true })
    cpSync(join(root, path), join(folder, path))
  }
}
/** `npm ci`, or, as that takes a while, what it has done here already. */
const install = (): void => {
  if (process.env.LONG === '1') execFileSync('npm', ['ci'], { cwd: folder })
  else symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
}

/** `npm start` with no setting but a port. */
const npmStart = async (port: number) => {
  const child = spawn('npm', ['start'], {
    cwd: folder,
    env: { PATH: process.env.PATH, HOME: home, PORT: String(port) },
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  const stop = async (): Promise<number | null> => {
    if (child.exitCode === null && child.kill('SIGTERM')) await once(child, 'close')
    return child.exitCode
  }
  await vi
    .waitFor(() => expect(output).toContain('This is a development start'), 20_000)
    .catch(async (error: unknown) => {
      await stop()
      throw error
    })
  return { output: () => output, stop }
}

let started: Awaited<ReturnType<typeof npmStart>>
let port: number
let issuer: string
let admin: { login: string; password: string }
let api: Example | undefined

beforeAll(async () => {
  clone()
  install()
  port = await freePort()
  issuer = `http://localhost:${port}`
  started = await npmStart(port)
  const [, login = '', password = ''] = /First admin +(\S+)\n +Password +(\S+)\n/.exec(started.output()) ?? []
  admin = { login, password }
}, 120_000)
afterAll(async () => {
  await api?.stop()
  await started?.stop()
})

const emailOf = async (person: typeof admin): Promise<unknown> => {
  const party = await relyingParty(issuer, demoWeb)
  const tokens = await party.signIn(createAgent(), person, { scope: 'openid email' })
  const claims = await fetchUserInfo(party.config, tokens.access_token, tokens.claims()?.sub ?? '')
  return claims.email
}

it('starts from a clone without any setting and says where everything is', async () => {
  const banner = started.output()
  for (const line of [
    `Gatehouse is ready at ${issuer}`,
    `Playground     ${issuer}/playground`,
    `Discovery      ${issuer}/.well-known/openid-configuration`,
    'Demo clients   demo-web, demo-spa, demo-service, playground',
    'Data           ./data',
  ])
    expect(banner).toContain(line)
  for (const path of ['/', '/playground', '/.well-known/openid-configuration'])
    expect((await fetch(issuer + path)).status).toBe(200)
})

it('keeps data and keys to its owner, in files that git ignores', () => {
  const files = ['data/gatehouse.sqlite', 'keys/sealing.key', 'keys/cookie.key']
  expect(files.map((file) => statSync(join(folder, file)).mode & 0o077)).toEqual([0, 0, 0])
  const ignored = execFileSync('git', ['check-ignore', '.env', ...files], { cwd: root }).toString()
  expect(ignored.trim().split('\n')).toEqual(['.env', ...files])
})

it('signs in the administrator with the password that it printed', async () => {
  expect(admin.login).toBe('admin@localhost')
  expect(await emailOf(admin)).toBe('admin@localhost')
})

it('gives whoever registers a token that the resource server of the examples accepts for reading', async () => {
  const person = { login: 'ann@example.com', password: 'copper kettle under the stairs' }
  const agent = createAgent()
  const form = await agent.get(`${issuer}/register`)
  await agent.submit(form, '#submit-register', {
    email: person.login,
    name: 'Ann',
    password: person.password,
  })
  const party = await relyingParty(issuer, demoWeb)
  const parameters = { scope: 'openid orders:read orders:write', resource: ORDERS }
  const tokens = await party.signIn(createAgent(), person, parameters)
  const apiPort = await freePort()
  api = await startExample('resource-server', { PORT: String(apiPort), ISSUER: issuer, RESOURCE: ORDERS })
  const call = (init: RequestInit = {}) =>
    fetch(`http://localhost:${apiPort}/orders`, {
      ...init,
      headers: { authorization: `Bearer ${tokens.access_token}` },
    })
  expect((await call()).status).toBe(200)
  expect((await call({ method: 'POST', body: '{"item":"Bell"}' })).status).toBe(403)
})

it('prints no password at the second start, and still takes that of the first', async () => {
  expect(await started.stop()).toBe(0)
  started = await npmStart(port)
  expect(started.output()).not.toMatch(/password|admin@localhost/i)
  expect(await emailOf(admin)).toBe('admin@localhost')
})

it('says nothing that the engine says to developers, and nothing on the way of errors', () => {
  expect(started.output()).not.toMatch(/NOTICE|WARNING|\bat .*:\d+:\d+/)
})
