import { type ChildProcess, execFile, spawn } from 'node:child_process'
import { mkdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { startExample } from '../support/example.ts'
import { freePort } from '../support/free-port.ts'
import { passGate } from '../support/person.ts'
import { relyingParty } from '../support/relying-party.ts'
import { environment, type RunningServer, startServer } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
const guide = readFileSync(join(root, 'docs/add-sign-in.md'), 'utf8')
const lou = { login: 'lou@example.com', password: 'violet harbour at nightfall' }
const ORDERS = 'http://localhost:4002/orders'

let server: RunningServer
let site = ''
let spaPort = ''
const running: ChildProcess[] = []
beforeAll(async () => {
  site = `http://localhost:${await freePort()}`
  spaPort = String(await freePort())
  server = await startServer({
    env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1' },
    seed: { accounts: [{ email: lou.login, password: lou.password, roles: ['customer'] }] },
  })
})
afterAll(async () => {
  for (const child of running) child.kill()
  await server?.stop()
})

/** The only block of the guide with these words, for the addresses of this test in place of the default ones. */
const block = (language: string, words: string): string => {
  const found = [...guide.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(
    ([, name, text = '']) => name === language && text.includes(words),
  )
  expect(found).toHaveLength(1)
  return (found[0]?.[2] ?? '')
    .replaceAll('http://localhost:3000', server.issuer)
    .replaceAll('http://localhost:5000', site)
    .replaceAll('5000', new URL(site).port)
    .replaceAll('5001', spaPort)
}

/** Runs lines in a shell, in the folder of the project, with the settings of the server. */
const shell = async (script: string): Promise<string> => {
  const env = {
    ...environment(server.home, server.port),
    PATH: `${dirname(process.execPath)}:${process.env.PATH}`,
  }
  const inFolder = script.replaceAll('my-spa.json', join(server.home, 'my-spa.json'))
  return (await promisify(execFile)('bash', ['-euc', inFolder], { cwd: root, env })).stdout
}

it('signs people in to a website by the lines of the guide, as they stand', async () => {
  const created = await shell(block('sh', '--id my-site'))
  const [, secret = ''] = /^client_secret=(\S+)$/m.exec(created) ?? []
  const folder = join(server.home, 'site')
  mkdirSync(folder)
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'site.mjs'), block('js', 'openid-client'))
  expect(block('sh', 'node site.mjs')).toBe('CLIENT_SECRET=PASTE_IT_HERE node site.mjs\n')
  const child = spawn(process.execPath, ['site.mjs'], {
    cwd: folder,
    env: { CLIENT_SECRET: secret },
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  running.push(child)
  await createInterface(child.stdout)[Symbol.asyncIterator]().next()

  const agent = createAgent()
  expect((await agent.get(site)).html).toContain('Hello nobody')
  const greeted = await passGate(agent, await agent.get(`${site}/login`), lou)
  expect(greeted.html).toMatch(/Hello [\w-]{22}\./)
  const asked = await agent.get(`${site}/logout`)
  await agent.submit(asked, '#logout-yes', {})
  expect((await agent.get(site)).html).toContain('Hello nobody')
  expect((await fetch(`${site}/callback?code=stolen&state=x`)).status).toBe(400)
})

it('registers a single-page app by the lines of the guide, which gets its tokens', async () => {
  expect(await shell(block('sh', 'my-spa.json'))).toBe('client_id=my-spa\n')
  const [, id = '', port = ''] =
    /^CLIENT_ID=(\S+) PORT=(\d+) node examples\/spa\/main\.ts\n$/.exec(block('sh', 'examples/spa')) ?? []
  const app = await startExample('spa', { CLIENT_ID: id, PORT: port, ISSUER: server.issuer })
  const { redirectUri } = JSON.parse(await (await fetch(`http://localhost:${port}/settings.json`)).text())
  await app.stop()
  const party = await relyingParty(server.issuer, { clientId: id, redirectUri })
  const tokens = await party.signIn(createAgent(), lou, { scope: 'openid orders:read', resource: ORDERS })
  expect(tokens.scope).toBe('orders:read')
})

it('registers, signs in, refreshes and signs out by the curl commands, as they stand', async () => {
  const lines = (await shell(block('sh', '/auth/register')))
    .replaceAll('}{', '}\n{')
    .replace(/}(\d+)\n$/, '}\n$1')
    .split('\n')
  const [registered, me, refreshed, status] = lines
  expect(JSON.parse(registered ?? '')).toMatchObject({ email: 'kim@example.com', name: 'Kim' })
  expect(JSON.parse(me ?? '')).toMatchObject({ email: 'kim@example.com', roles: ['customer'] })
  expect(JSON.parse(refreshed ?? '')).toMatchObject({ token_type: 'Bearer' })
  expect(status).toBe('204')
})

it('opens an API with a token by the curl commands', async () => {
  expect(block('sh', 'node examples/resource-server')).toBe('node examples/resource-server/main.ts\n')
  const port = String(await freePort())
  const api = await startExample('resource-server', { PORT: port, ISSUER: server.issuer, RESOURCE: ORDERS })
  const answer = await shell(
    block('sh', 'TOKEN=$(curl').replace(`curl -s ${ORDERS}`, `curl -s http://localhost:${port}/orders`),
  )
  await api.stop()
  expect(JSON.parse(answer)).toEqual([{ id: 1042, item: 'Brass lantern' }])
})
