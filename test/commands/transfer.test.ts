import { cpSync, existsSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, it } from 'vitest'
import { progress } from '../../src/commands/transfer.ts'
import { kim, own, post, service, startSubject } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { gatehouse } from '../support/command.ts'
import { newHome } from '../support/home.ts'
import { relyingParty } from '../support/relying-party.ts'
import { type RunningServer, startServer } from '../support/server.ts'

let server: RunningServer
let file: string

const signIn = async (issuer: string) => {
  const party = await relyingParty(issuer, own)
  return party.signIn(createAgent(), kim)
}
const published = async (): Promise<unknown> => (await fetch(`${server.issuer}/oauth2/jwks`)).json()
/** A home without data that has the keys of the server. */
const emptyHome = (): string => {
  const home = newHome()
  cpSync(join(server.home, 'keys'), join(home, 'keys'), { recursive: true })
  return home
}
const here = (args: string[]) => gatehouse(server, args)
const at = (home: string, args: string[]) => gatehouse({ home, port: server.port }, args)

beforeAll(async () => {
  server = await startSubject()
  await signIn(server.issuer)
  file = join(server.home, 'export.ndjson')
})
afterAll(() => server?.stop())

it('exports beside a running server to a file for its owner only, and says how much', async () => {
  const { code, out, err } = await here(['export', '--out', file])
  expect({ code, out }).toEqual({ code: 0, out: '' })
  expect(err).toMatch(
    /^Exported \d+ documents, \d+ clients, \d+ accounts, \d+ consents?, \d+ audit events\. Keep it as secret as the data; an import needs the same SEALING_KEY\.\n$/,
  )
  expect(statSync(file).mode & 0o777).toBe(0o600)
  expect(existsSync(`${file}.partial`)).toBe(false)
})

it('exports the same to standard output, with progress on standard error that tells no record', async () => {
  const { code, out, err } = await here(['export', '--progress'])
  expect(code).toBe(0)
  const records = (text: string): string => text.slice(text.indexOf('\n'))
  expect(records(out)).toBe(records(readFileSync(file, 'utf8')))
  expect(err).toMatch(/^exported documents \d+\nexported clients \d+\nexported accounts \d+\n/)
  expect(err).not.toContain('@')
})

it('keeps no password and no client secret in clear', () => {
  const text = readFileSync(file, 'utf8')
  expect(text).toContain('$argon2id$')
  expect(text).not.toContain(kim.password)
  expect(text).not.toContain(service.clientSecret)
})

it('overwrites no file, and writes none into a folder that is not there', async () => {
  const before = readFileSync(file)
  expect(await here(['export', '--out', file])).toEqual({
    code: 1,
    out: '',
    err: `${file} exists already; it is not overwritten.\n`,
  })
  expect(readFileSync(file).equals(before)).toBe(true)
  const nowhere = await here(['export', '--out', join(server.home, 'nowhere', 'x')])
  expect(nowhere).toMatchObject({ code: 1, out: '' })
  expect(nowhere.err).toMatch(/^Writing .*nowhere.* failed \(ENOENT\)\.\n$/)
})

it('replaces what an interrupted export left', async () => {
  const path = join(server.home, 'second.ndjson')
  writeFileSync(`${path}.partial`, 'half of')
  expect((await here(['export', '--out', path])).code).toBe(0)
  expect(existsSync(`${path}.partial`)).toBe(false)
  expect(readFileSync(path, 'utf8')).toMatch(/^\{"gatehouse":"export",/)
})

it('refuses to import where there is no file, before it opens anything', async () => {
  const home = newHome()
  const { code, out, err } = await at(home, ['import', 'missing.ndjson'])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toMatch(/^There is no file .*missing\.ndjson\.\n$/)
  expect(existsSync(join(home, 'data'))).toBe(false)
})

it('refuses an import under another sealing key with a sentence', async () => {
  const { code, out, err } = await at(newHome(), ['import', file])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toMatch(/^The export was made under another SEALING_KEY, .*newest first.*\n$/)
})

it('refuses an import for another issuer and names both', async () => {
  const { code, err } = await gatehouse({ home: emptyHome(), port: server.port + 1 }, ['import', file])
  expect(code).toBe(1)
  expect(err).toContain(`of the issuer ${server.issuer}, and this is http://localhost:${server.port + 1}.`)
})

it('refuses a store on which a server has started, and says what to do', async () => {
  const home = emptyHome()
  const other = await startServer({ home })
  await other.stop()
  const { code, out, err } = await at(home, ['import', file])
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toMatch(/^Nothing was written: /)
  expect(err).toMatch(/^ {2}line \d+, document signing-keys$/m)
  expect(err).toContain('import into an empty store, before its first start')
  expect(err).not.toMatch(/^ +at /m)
})

it('tells in a dry run what it would do, and needs no start before', async () => {
  const home = emptyHome()
  const dry = await at(home, ['import', file, '--dry-run'])
  expect(dry).toMatchObject({ code: 0, err: '' })
  expect(dry.out).toMatch(/^Nothing was written; an import would do this:\n {2}added {5}[1-9]\d* documents/)
  const done = await at(home, ['import', file, '--progress'])
  expect(done.code).toBe(0)
  expect(done.err).toMatch(/^compared documents \d+\n(?:.*\n)*written documents \d+\n/)
  expect(done.out).toBe(dry.out.replace('Nothing was written; an import would do this:', 'Imported:'))
})

it('moves a server: the same keys, people, passwords, client secrets and consents', async () => {
  const home = emptyHome()
  const jwks = await published()
  const sub = (await signIn(server.issuer)).claims()?.sub
  expect((await at(home, ['import', file])).code).toBe(0)
  const { port } = server
  await server.stop()
  rmSync(join(server.home, 'data'), { recursive: true })
  server = await startServer({ home, port })
  expect(await published()).toEqual(jwks)
  expect((await signIn(server.issuer)).claims()?.sub).toBe(sub)
  const answer = await post(server, '/oauth2/token', { grant_type: 'client_credentials' }, service)
  expect(answer.status).toBe(200)
})

it('tells its progress once a second and when a kind is done', () => {
  const said: string[] = []
  let now = 0
  const shown = progress({ say: (text) => said.push(text), now: () => now })
  for (let record = 0; record < 5; record++) {
    now += 400
    shown.counted('exported', 'account')
  }
  shown.counted('exported', 'audit')
  shown.end()
  expect(said).toEqual(['exported accounts 3\n', 'exported accounts 5\n', 'exported audit events 1\n'])
})
