import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { Agent, get } from 'node:http'
import { connect } from 'node:net'
import { join } from 'node:path'
import { text } from 'node:stream/consumers'
import { expect, it, vi } from 'vitest'
import { own, seed } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { freePort } from '../support/free-port.ts'
import { newHome } from '../support/home.ts'
import { relyingParty } from '../support/relying-party.ts'
import { environment, type RunningServer, startServer } from '../support/server.ts'

const PATIENCE = 10_000
const FORM = 'grant_type=client_credentials'

/** A request at the token endpoint whose body stays half sent until `finish`, which resolves with the answer. */
const slowRequest = async (port: number) => {
  const socket = connect(port, '127.0.0.1')
  await once(socket, 'connect')
  const credentials = Buffer.from('demo-service:demo-service-secret').toString('base64')
  const head = [
    'POST /oauth2/token HTTP/1.1',
    'host: localhost',
    `authorization: Basic ${credentials}`,
    'content-type: application/x-www-form-urlencoded',
    `content-length: ${FORM.length}`,
    // The server has read the head when it asks for the body.
    'expect: 100-continue',
  ]
  socket.write(`${head.join('\r\n')}\r\n\r\n`)
  await once(socket, 'data')
  socket.write(FORM.slice(0, 5))
  const finish = (): Promise<string> => {
    socket.write(FORM.slice(5))
    return text(socket)
  }
  return { finish, closed: once(socket, 'close') }
}

const status = async (port: number, path: string): Promise<number> =>
  (await fetch(`http://127.0.0.1:${port}${path}`)).status

const refusesConnections = ({ port }: Pick<RunningServer, 'port'>): Promise<void> =>
  vi.waitFor(() => expect(fetch(`http://127.0.0.1:${port}/livez`)).rejects.toThrow(), PATIENCE)

it('R-16 is not ready from the signal on, goes on serving meanwhile, and ends at once and not with 0 at a second one', async () => {
  const managementPort = await freePort()
  const server = await startServer({ env: { DRAIN_DELAY: '60', MANAGEMENT_PORT: String(managementPort) } })
  process.kill(server.pid, 'SIGTERM')
  await vi.waitFor(async () => expect(await status(server.port, '/readyz')).toBe(503), PATIENCE)
  expect([await status(managementPort, '/readyz'), await status(server.port, '/livez')]).toEqual([503, 200])
  const page = await fetch(server.issuer)
  expect([page.status, page.headers.get('connection')]).toEqual([200, 'close'])
  await page.text()
  // One that follows at once is an echo of the first, so this one insists.
  const insist = setInterval(() => process.kill(server.pid, 'SIGTERM'), 100)
  const code = await server.ended.finally(() => clearInterval(insist))
  expect(code).toBe(1)
})

it('ends with 0 when the delay is over', async () => {
  const server = await startServer({ env: { DRAIN_DELAY: '1' } })
  expect(await server.stop()).toBe(0)
  await refusesConnections(server)
})

it('R-16 answers a request under way, takes no new connection, and then ends with 0', async () => {
  const server = await startServer()
  const slow = await slowRequest(server.port)
  process.kill(server.pid, 'SIGTERM')
  await refusesConnections(server)
  const answer = await slow.finish()
  expect(answer).toMatch(/^HTTP\/1\.1 200 OK/)
  expect(answer).toContain('"access_token"')
  expect(await server.ended).toBe(0)
})

it('R-16 finishes a registration whose password is being hashed, and has it after the restart', async () => {
  const server = await startServer({ env: { ARGON2_TIME: '16' } })
  const agent = createAgent()
  const form = await agent.get(`${server.issuer}/register`)
  const person = { login: 'ann@example.com', password: 'copper kettle under the stairs' }
  const answer = agent.submit(
    form,
    '#submit-register',
    { email: person.login, password: person.password },
    { stopAt: '' },
  )
  // Comes after the form, and is answered while the form waits for its hash.
  expect(await status(server.port, '/livez')).toBe(200)
  const ended = server.stop()
  expect((await answer).status).toBe(303)
  expect(await ended).toBe(0)
  const again = await startServer({ home: server.home, port: server.port, seed })
  const party = await relyingParty(again.issuer, own)
  const tokens = await party.signIn(createAgent(), person)
  await again.stop()
  expect(tokens.claims()?.sub).toBeDefined()
})

it('does not wait for a connection that is kept but idle', async () => {
  const server = await startServer({ env: { DRAIN_TIMEOUT: '25' } })
  const agent = new Agent({ keepAlive: true })
  const [answer] = await once(get(`${server.issuer}/livez`, { agent }), 'response')
  expect(await text(answer)).toContain('live')
  expect(Object.keys(agent.freeSockets)).toHaveLength(1)
  expect(await server.stop()).toBe(0)
  agent.destroy()
})

it('cuts a request that outlasts the drain, and still ends with 0', async () => {
  const server = await startServer({ env: { DRAIN_TIMEOUT: '1' } })
  const slow = await slowRequest(server.port)
  process.kill(server.pid, 'SIGTERM')
  await slow.closed
  expect(await server.ended).toBe(0)
})

it('stops in order at SIGINT as well', async () => {
  const server = await startServer()
  process.kill(server.pid, 'SIGINT')
  expect(await server.ended).toBe(0)
  expect(server.output()).toContain('"signal":"SIGINT"')
})

const npmStart = (home: string, port: number) => {
  const child = spawn('npm', ['start'], {
    cwd: join(import.meta.dirname, '../..'),
    env: { ...environment(home, port), HOME: home },
    detached: true,
  })
  let output = ''
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      output += chunk.toString()
    })
  return { child, pid: child.pid ?? 0, output: () => output }
}

it.each([
  ['npm', 'SIGTERM', 1],
  ['npm', 'SIGINT', 1],
  ['its whole group at once, as by a terminal or systemd,', 'SIGINT', -1],
] as const)('stops in order when %s is sent %s', async (_whom, signal, sign) => {
  const port = await freePort()
  const { child, pid, output } = npmStart(newHome(), port)
  await vi.waitFor(async () => expect(await status(port, '/readyz')).toBe(200), 2 * PATIENCE)
  process.kill(sign * pid, signal)
  await once(child, 'close')
  expect(output()).toContain(`"signal":"${signal}"`)
  expect(child.exitCode).toBe(0)
})
