import { execFile, spawn } from 'node:child_process'
import { existsSync, mkdirSync, readdirSync, readFileSync, symlinkSync, writeFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { createInterface } from 'node:readline'
import { promisify } from 'node:util'
import { decodeJwt } from 'jose'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { withTable } from '../../scripts/settings-table.ts'
import { commands } from '../../src/commands/index.ts'
import { createAgent } from '../support/browserless.ts'
import { passGate } from '../support/person.ts'
import { answerOf, relyingParty } from '../support/relying-party.ts'
import { type RunningServer, startServer } from '../support/server.ts'

const root = join(import.meta.dirname, '../..')
const read = (path: string) => readFileSync(join(root, path), 'utf8')
const readme = read('README.md')
const pages = [
  ...readdirSync(root).filter((file) => file.endsWith('.md')),
  ...readdirSync(join(root, 'docs')).flatMap((file) => (file.endsWith('.md') ? [`docs/${file}`] : [])),
  ...readdirSync(join(root, 'examples')).map((name) => `examples/${name}/README.md`),
]

const kim = { login: 'kim@example.com', password: 'amber lantern on the quay' }
const CALLBACK = 'http://localhost:4000/callback'
let server: RunningServer

beforeAll(async () => {
  const account = { email: kim.login, password: kim.password, name: 'Kim', roles: ['customer'] }
  server = await startServer({ seed: { accounts: [account] } })
})
afterAll(() => server?.stop())

/** The only block of a language that holds all of these words, for this test's server in place of the default one. */
const block = (language: string, ...words: string[]): string => {
  const found = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```$/gm)].filter(
    ([, name, text = '']) => name === language && words.every((word) => text.includes(word)),
  )
  expect(found).toHaveLength(1)
  return (found[0]?.[2] ?? '').replaceAll('http://localhost:3000', server.issuer)
}

const execute = promisify(execFile)
/** What a shell prints for these lines, or what it complains about. */
const shell = async (script: string): Promise<string> => (await execute('bash', ['-euc', script])).stdout

/** A module of the README, with the packages of this project. */
const moduleOf = (name: string, text: string): string => {
  const folder = join(server.home, name)
  mkdirSync(folder)
  symlinkSync(join(root, 'node_modules'), join(folder, 'node_modules'))
  writeFileSync(join(folder, 'main.mts'), text)
  return join(folder, 'main.mts')
}

const allow = async (address: string): Promise<string> => {
  const agent = createAgent()
  const stop = { stopAt: CALLBACK }
  return answerOf(await passGate(agent, await agent.get(address, stop), kim, stop))
}

it('gets a service a token by the curl command, as it stands', async () => {
  const answer = JSON.parse(await shell(block('sh', 'grant_type=client_credentials')))
  expect(answer).toMatchObject({ token_type: 'Bearer', scope: 'orders:read' })
  expect(decodeJwt(answer.access_token).aud).toBe('http://localhost:4002/orders')
})

it('signs a person in by the curl commands of the code flow, as they stand', async () => {
  const script = block('sh', 'grant_type=authorization_code')
  const [before = '', after = ''] = script.split('\n\n')
  const [address = '', verifier = ''] = (await shell(`${before}\necho "$VERIFIER"`)).trim().split('\n')
  const code = new URL(await allow(address)).searchParams.get('code') ?? ''
  const answer = JSON.parse(await shell(`VERIFIER=${verifier}\n${after.replace('PASTE_IT_HERE', code)}`))
  expect(decodeJwt(answer.id_token)).toMatchObject({ iss: server.issuer, aud: 'demo-web' })
})

it('registers and signs in by the lines for the REST API, as they stand', async () => {
  const [registered = '', signedIn = '', me = ''] = block('sh', '/auth/login').split(/^(?=curl )/m)
  expect(JSON.parse(await shell(registered))).toMatchObject({ email: 'lee@example.com' })
  const { access_token: token }: { access_token: string } = JSON.parse(await shell(signedIn))
  const shown = JSON.parse(await shell(me.replace('PASTE_THE_ACCESS_TOKEN_HERE', token)))
  expect(shown).toMatchObject({ email: 'lee@example.com', name: 'Lee' })
})

it('signs a person in by the lines for openid-client, as they stand', async () => {
  const browser = `console.log(url.href)
const currentUrl = new URL(await (await import('node:stream/consumers')).text(process.stdin))`
  const lines = block('ts', 'openid-client').replace(/^\/\/ Send the browser to `url`.*$/m, browser)
  const child = spawn(process.execPath, [moduleOf('with-openid-client', lines)], {
    stdio: ['pipe', 'pipe', 'inherit'],
  })
  const output = createInterface(child.stdout)[Symbol.asyncIterator]()
  const address = await output.next()
  child.stdin.end(await allow(String(address.value)))
  const sub = await output.next()
  expect(sub.value).toMatch(/^[\w-]{22}$/)
})

it('checks a token by the lines for resource servers, as they stand', async () => {
  const { access_token: token } = JSON.parse(await shell(block('sh', 'grant_type=client_credentials')))
  const lines = `const token = process.argv[2] ?? ''\n${block('ts', 'jose')}\nconsole.log(payload.client_id)`
  const path = moduleOf('with-jose', lines)
  expect((await execute(process.execPath, [path, token])).stdout).toBe('demo-service\n')
  await expect(execute(process.execPath, [path, `${token}x`])).rejects.toThrow(
    'signature verification failed',
  )
})

it('has a seed that a start accepts as it stands, with a person who may read orders at its client', async () => {
  const seed: {
    clients: { client_id: string; client_secret: string; redirect_uris: string[] }[]
    accounts: { email: string; password: string }[]
  } = JSON.parse(block('json', '"resources"'))
  const seeded = await startServer({ seed })
  const [client, person] = [seed.clients[0], seed.accounts[0]]
  const party = await relyingParty(seeded.issuer, {
    clientId: client?.client_id ?? '',
    clientSecret: client?.client_secret ?? '',
    redirectUri: client?.redirect_uris[0] ?? '',
  })
  const tokens = await party.signIn(
    createAgent(),
    { login: person?.email ?? '', password: person?.password ?? '' },
    { scope: 'openid orders:read orders:write', resource: 'https://orders.example/api' },
  )
  await seeded.stop()
  expect(tokens.scope).toBe('orders:read')
  expect(seeded.output()).not.toContain('"level":"warn"')
})

it('names commands and scripts that exist', () => {
  const text = pages.map(read).join('\n')
  const named = [...text.matchAll(/(?:npm run gatehouse -- |`gatehouse )([a-z]+(?: [a-z]+)?)/g)].map(
    ([, name]) => name,
  )
  const known = commands.map(({ name }) => name)
  expect(named.length).toBeGreaterThan(5)
  expect(
    named.filter((name = '') => {
      // `help` is of the command line itself, and a group may be named for its commands.
      if (name.split(' ')[0] === 'help') return false
      return !known.some(
        (command) =>
          command === name || `${name} `.startsWith(`${command} `) || command.startsWith(`${name} `),
      )
    }),
  ).toEqual([])
  const { scripts } = JSON.parse(read('package.json'))
  const run = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name)
  expect(run.filter((name) => !(name in scripts))).toEqual([])
})

it('has the table of settings that the settings make', () => {
  expect(withTable(readme)).toBe(readme)
})

it.each(pages)('%s points only to files that exist', (page) => {
  const text = read(page)
  const links = [...text.matchAll(/\]\(([^)#\s]+)(?:#[\w-]*)?\)/g)].map(([, target = '']) => target)
  const local = links
    .filter((target) => !/^[a-z]+:/.test(target))
    .map((target) => join(dirname(page), target))
  const spans = [...text.matchAll(/`((?:src|test|docs|examples|scripts|views|keys)\/[\w./-]*)`/g)].map(
    ([, path = '']) => path,
  )
  expect([...local, ...spans].filter((path) => !existsSync(join(root, path)))).toEqual([])
})
