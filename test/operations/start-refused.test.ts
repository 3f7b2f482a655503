import { chmodSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs'
import { createServer, type Server } from 'node:http'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { post } from '../flows/subject.ts'
import { freePort } from '../support/free-port.ts'
import { newHome } from '../support/home.ts'
import { launchServer, type RunningServer, type ServerOptions, startServer } from '../support/server.ts'

let running: RunningServer
let stranger: Server

beforeAll(async () => {
  running = await startServer()
  stranger = createServer().listen(await freePort(), '127.0.0.1')
})
afterAll(async () => {
  stranger?.close()
  await running?.stop()
})

const freshHome = newHome
const strangersPort = (): number => {
  const address = stranger.address()
  return typeof address === 'object' && address ? address.port : 0
}

/** What a start prints that ends by itself; sentences only, and exit code 1. */
const refusal = async (options: ServerOptions): Promise<string> => {
  const server = await launchServer(options)
  const code = await server.ended
  const printed = server.output()
  expect(code, printed).toBe(1)
  expect(printed).not.toMatch(/^ +at |\w+Error:|node:internal/m)
  return printed
}

it('R-25 refuses faulty settings, all at once, with their names and without the values of secrets', async () => {
  const printed = await refusal({
    env: {
      ISSUER: 'http://id.example',
      NODE_ENV: 'production',
      COOKIE_KEYS: 'change-me-change-me-change-me-change-me',
      SEALING_KEY: Buffer.from('0123456789abcdef0123456789abcdef').toString('base64'),
      TTL_SESSION: '0',
      TTL_SESION: '5',
      BOOTSTRAP_ADMIN_EMAIL: 'root@id.example',
    },
  })
  const [first, ...faults] = printed.trimEnd().split('\n')
  expect(first).toBe('The configuration has 5 faults:')
  const named = ['ISSUER', 'TTL_SESSION', 'BOOTSTRAP_ADMIN_PASSWORD', 'COOKIE_KEYS', 'SEALING_KEY']
  expect(faults.slice(0, 5).map((line) => line.trim().split(':')[0])).toEqual(named)
  expect(faults[5]).toBe('  TTL_SESION is not a setting and is ignored; was TTL_SESSION meant?')
  expect(printed).not.toContain('change-me')
})

it('warns of a near miss of a setting in the log, and starts', async () => {
  const server = await startServer({ env: { TTL_SESION: '5' } })
  await server.stop()
  const warnings = server
    .output()
    .split('\n')
    .filter((line) => line.includes('"level":"warn"'))
  expect(warnings.map((line) => JSON.parse(line).msg)).toEqual([
    'TTL_SESION is not a setting and is ignored; was TTL_SESSION meant?',
  ])
})

it('refuses a seed file with faults, names each with its path, and applies nothing of it', async () => {
  const home = freshHome()
  const robot = { clientId: 'robot', clientSecret: 'a-robot-without-any-fault-of-its-own' }
  const orders = 'https://orders.example/api'
  const resources = [{ identifier: orders, name: 'Orders', permissions: ['orders:read'] }]
  const seed = {
    resources,
    roles: [{ name: 'clerk', permissions: { [orders]: ['orders:burn'] } }],
    clients: [
      { client_id: 'shop', client_secret: 'whispered', redirect_uris: ['https://shop.example/#x'] },
      { client_id: 'demo-web', redirect_uris: ['https://shop.example/cb'] },
      { client_id: 'robot', client_secret: robot.clientSecret, grant_types: ['client_credentials'] },
    ],
    accounts: [{ email: 'kim@example.com', password: 'whispered', roles: ['clark'] }],
  }
  const printed = await refusal({ home, seed })
  expect(printed).toContain(`SEED_FILE ${join(home, 'seed.json')} cannot be applied:\n`)
  for (const path of [
    'roles[0].permissions["https://orders.example/api"][0]',
    'clients[0].redirect_uris[0]',
    'clients[1].client_id',
    'accounts[0].roles[0]',
  ]) {
    expect(printed).toContain(`\n  ${path}: `)
  }
  expect(printed).not.toContain('whispered')
  const server = await startServer({ home, seed: { resources } })
  const answer = await post(server, '/oauth2/token', { grant_type: 'client_credentials' }, robot)
  await server.stop()
  expect(answer.body.error).toBe('invalid_client')
})

it('refuses a seed file with a section that is unknown', async () => {
  expect(await refusal({ seed: { acounts: [] } })).toMatch(/^ {2}acounts: unknown member/m)
})

it.each([
  ['is not there', undefined, 'cannot be read'],
  ['is no JSON', '{ "clients": [ { "client_secret": "whispered" ', 'cannot be applied'],
])('refuses a seed file that %s', async (_what, text, sentence) => {
  const home = freshHome()
  const path = join(home, 'my-seed.json')
  if (text !== undefined) writeFileSync(path, text)
  const printed = await refusal({ home, env: { SEED_FILE: path } })
  expect(printed).toContain(`SEED_FILE ${path} ${sentence}`)
  expect(printed).not.toContain('whispered')
})

it('R-15 refuses a second server on the same data, and names the process that has it', async () => {
  const printed = await refusal({ home: running.home })
  expect(printed).toContain(`${join(running.home, 'data')} is in use by process ${running.pid}`)
  expect((await fetch(`${running.issuer}/readyz`)).status).toBe(200)
})

it('refuses a port that is taken with one sentence, having shown the password of the administrator that it made', async () => {
  const port = strangersPort()
  const home = freshHome()
  const printed = await refusal({ home, port })
  expect(printed).toContain(`PORT: cannot listen on 127.0.0.1, port ${port}: another program listens there`)
  expect(printed).toMatch(/First admin +admin@localhost\n +Password +\S+/)
  expect(await refusal({ home, port })).toMatch(/^PORT: .*\n$/)
})

it.each([
  [
    'a management port that is taken',
    () => ({ MANAGEMENT_PORT: String(strangersPort()) }),
    /^MANAGEMENT_PORT: .*another program/m,
  ],
  [
    'an address that this machine does not have',
    () => ({ HOST: '192.0.2.1' }),
    /^PORT: cannot listen on 192\.0\.2\.1/m,
  ],
])('refuses %s with one sentence', async (_what, env, sentence) => {
  expect(await refusal({ env: env() })).toMatch(sentence)
})

it('refuses a key file that others may read, and says how to mend that', async () => {
  const home = freshHome()
  mkdirSync(join(home, 'keys'))
  const path = join(home, 'keys', 'sealing.key')
  writeFileSync(path, `${Buffer.alloc(32, 7).toString('base64')}\n`)
  chmodSync(path, 0o644)
  expect(await refusal({ home })).toBe(
    `the key file ${path} may be read by others (mode 644); run: chmod 600 ${path}\n`,
  )
})

it.each(['KEYS_DIR', 'DATA_DIR'])('refuses a %s that is not a folder', async (name) => {
  const home = freshHome()
  const path = join(home, 'occupied')
  writeFileSync(path, '')
  expect(await refusal({ home, env: { [name]: path } })).toContain(path)
})

it('refuses data whose sealing key is gone, and leaves it as it is', async () => {
  const first = await startServer()
  await first.stop()
  const before = readdirSync(join(first.home, 'data'))
  const printed = await refusal({ home: first.home, env: { KEYS_DIR: join(first.home, 'other-keys') } })
  expect(printed).toMatch(
    /^the signing key \S+ cannot be opened; the sealing key that sealed it must be set/m,
  )
  expect(readdirSync(join(first.home, 'data'))).toEqual(before)
  const again = await startServer({ home: first.home })
  expect(await again.stop()).toBe(0)
})
