import { execFile } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { type Access, openAccess } from '../../examples/grpc-client/access.ts'
import { settings } from '../../examples/grpc-client/settings.ts'
import { freePort } from '../support/free-port.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const folder = new URL('../../examples/grpc-client/', import.meta.url)
const main = new URL('main.ts', folder).pathname

interface Ended {
  code: unknown
  stdout: string
  stderr: string
}
/** Runs the program as a reader would. */
const run = (settings: Record<string, string>): Promise<Ended> =>
  new Promise((resolve) => {
    execFile(process.execPath, [main], { env: settings }, (error, stdout, stderr) =>
      resolve({ code: error?.code ?? 0, stdout, stderr }),
    )
  })

let server: RunningServer
let env: Record<'PATH' | 'ISSUER' | 'GRPC_ADDRESS', string>
let access: Access

beforeAll(async () => {
  const port = await freePort()
  server = await startServer({
    seed: JSON.parse(readFileSync(new URL('seed.json', folder), 'utf8')),
    env: { GRPC_PORT: String(port), ARGON2_MEMORY: '128', ARGON2_TIME: '1' },
  })
  env = { PATH: process.env.PATH ?? '', ISSUER: server.issuer, GRPC_ADDRESS: `localhost:${port}` }
  access = openAccess({ ...settings, issuer: env.ISSUER, address: env.GRPC_ADDRESS })
})
afterAll(async () => {
  access?.close()
  await server?.stop()
})

const question = (record: string, permission = 'records:read') => ({
  user: 'kim@example.com',
  permission,
  record,
})

it('tells what the person may do, by a program that is run as a reader would', async () => {
  expect((await run(env)).stdout).toBe(
    'kim@example.com may records:read record-1\nkim@example.com may not records:read record-2\n',
  )
})

it('asks many questions at once, with one token', async () => {
  const questions = [question('record-1'), question('record-2'), question('record-1', 'records:write')]
  const answers = await Promise.all(Array.from({ length: 5 }, () => access.decide(questions)))
  expect(new Set(answers.map(String))).toEqual(new Set(['true,false,false']))
})

it('says that there is no decision, and allows nothing, when the server is not there or refuses it', async () => {
  const failing = [{ GRPC_ADDRESS: 'localhost:1' }, { CLIENT_SECRET: 'not the secret' }]
  for (const other of failing) {
    const { code, stdout, stderr } = await run({ ...env, ...other })
    expect([code, stdout]).toEqual([1, ''])
    expect(stderr).toMatch(/^no decision: /)
  }
})
