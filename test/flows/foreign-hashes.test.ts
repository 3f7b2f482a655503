import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, describe, expect, it } from 'vitest'
import { createAgent } from '../support/browserless.ts'
import { gatehouse } from '../support/command.ts'
import { isScale, scaleSettings } from '../support/deployment.ts'
import { relyingParty } from '../support/relying-party.ts'
import { launchServer, type RunningServer } from '../support/server.ts'
import { storeBeside } from './beside.ts'
import { own, seed, startSubject } from './subject.ts'

const PASSWORD = 'amber lantern on the quay'

/** All of the same password. */
const hashes: Record<string, string> = {
  bcrypt: '$2b$04$IEx9e62Gibxvd2BhCWefsuUnnJUVbmg0Nityo2bQLjddgT1T.T0dq',
  'bcrypt-2y': '$2y$04$IEx9e62Gibxvd2BhCWefsuUnnJUVbmg0Nityo2bQLjddgT1T.T0dq',
  'pbkdf2-sha256':
    '$pbkdf2-sha256$i=1000,l=32$c2FsdHNhbHRzYWx0c2FsdA$XMYHmo3tkgNX1R/NTiiKiYSWRaSQWFdSBoN88ZHN3+8',
  'pbkdf2-sha512':
    '$pbkdf2-sha512$i=1000$c2FsdHNhbHRzYWx0c2FsdA$lnERmZnWg48kCeg69kLzUY9gjxeSqjW4469+63Cg4E1dytyAASUMYwLYMJlM9ejnZ1fcjAunPXG6o760L3ajCw',
  django: 'pbkdf2_sha256$1000$seasalt$2wsVmcqSYywO6m4y/Q8PJJgvzPTS3IStFPmzB3p46P8=',
  scrypt: '$scrypt$ln=4,r=8,p=1$c2FsdHNhbHRzYWx0c2FsdA$iWkHlZV6XBnHJwhNVXRKIx/S6OPMoUlh2otjEBdRZMw',
  argon2i: '$argon2i$v=19$m=64,t=3,p=1$c2FsdHNhbHRzYWx0c2FsdA$6tNizXWUw2OQTnk6GpkvBZlU9S+Id+yeC6cIe8V0UYk',
}

let server: RunningServer
beforeAll(async () => {
  const accounts = Object.entries(hashes).flatMap(([name, password_hash]) =>
    ['rest', 'page'].map((way) => ({
      email: `${name}-${way}@example.com`,
      email_verified: true,
      password_hash,
    })),
  )
  server = await startSubject({
    seed: { ...seed, accounts: [...seed.accounts, ...accounts] },
    env: { ARGON2_MEMORY: '128', ARGON2_TIME: '1' },
  })
})
afterAll(() => server?.stop())

const storedHash = async (email: string): Promise<string> => {
  const store = await storeBeside(server)
  const account = await store.accounts.findByEmailKey(email)
  await store.close()
  return account?.password ?? ''
}

const login = async (email: string, password = PASSWORD): Promise<number> => {
  const answer = await fetch(`${server.issuer}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email, password }),
  })
  await answer.arrayBuffer()
  return answer.status
}

describe.each(Object.keys(hashes))('an account from elsewhere with a hash of %s', (name) => {
  it('signs in by REST with its password and no other, and has argon2id afterwards', async () => {
    const email = `${name}-rest@example.com`
    expect(await login(email, `${PASSWORD}s`)).toBe(401)
    expect(await storedHash(email)).toBe(hashes[name])
    expect(await login(email)).toBe(200)
    expect(await storedHash(email)).toMatch(/^\$argon2id\$v=19\$m=128,t=1,p=1\$/)
    expect(await login(email)).toBe(200)
    expect(await login(email, `${PASSWORD}s`)).toBe(401)
  })

  it('signs in on the page, and has argon2id afterwards', async () => {
    const email = `${name}-page@example.com`
    const party = await relyingParty(server.issuer, own)
    const tokens = await party.signIn(createAgent(), { login: email, password: PASSWORD })
    expect(tokens.claims()?.sub).toMatch(/^[\w-]+$/)
    expect(await storedHash(email)).toMatch(/^\$argon2id\$v=19\$m=128,t=1,p=1\$/)
  })
})

const bcrypt = hashes.bcrypt ?? ''

it('are made by the command with a hash from standard input, or refused with a sentence', async () => {
  const create = (email: string, input: string) =>
    gatehouse(server, ['account', 'create', '--email', email, '--password-hash-stdin'], {
      input: `${input}\n`,
      env: { ISSUER: server.issuer, ...(isScale ? scaleSettings(server.home) : {}) },
    })
  expect(await create('one@example.com', bcrypt)).toMatchObject({ code: 0, err: '' })
  expect(await login('one@example.com')).toBe(200)
  const refused = await create('two@example.com', bcrypt.replace('$04$', '$31$'))
  expect(refused.code).toBe(1)
  expect(refused.err).toContain('The hash is refused: wanted a hash that takes less time or memory to verify')
  expect(refused.err).not.toContain('$2b$')
})

it.each([
  ['one that takes too much', bcrypt.replace('$04$', '$15$'), 'wanted a hash that takes less time or memory'],
  ['one that is not known', '5f4dcc3b5aa765d61d8327deb882cf99', 'wanted a hash that can be verified here'],
])('a start is refused with the place of a hash in SEED_FILE: %s', async (_, password_hash, words) => {
  const { ended, output } = await launchServer({
    seed: {
      accounts: [
        { email: 'kim@example.com', password: PASSWORD },
        { email: 'lou@example.com', password_hash },
      ],
    },
  })
  expect(await ended).toBe(1)
  expect(output()).toContain(`accounts[1].password_hash: ${words}`)
  expect(output()).not.toContain(password_hash)
})

it('the example of the guide is a seed whose people sign in', async () => {
  const guide = readFileSync(join(import.meta.dirname, '../../docs/import-accounts.md'), 'utf8')
  const [, example = ''] = /```json\n(\{\n {2}"accounts"[\s\S]*?)```/.exec(guide) ?? []
  const seeded = await startSubject({ seed: JSON.parse(example) })
  const answer = await fetch(`${seeded.issuer}/auth/login`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify({ email: 'ann@example.com', password: PASSWORD }),
  })
  expect(answer.status).toBe(200)
  await seeded.stop()
})
