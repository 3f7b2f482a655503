import { fetchUserInfo } from 'openid-client'
import { afterAll, beforeAll, expect, it, vi } from 'vitest'
import { API, kim, own, seed, startSubject } from '../flows/subject.ts'
import { createAgent } from '../support/browserless.ts'
import { type CommandOptions, gatehouse } from '../support/command.ts'
import type { Credentials } from '../support/person.ts'
import { relyingParty } from '../support/relying-party.ts'
import type { RunningServer } from '../support/server.ts'

const PASSWORD = 'copper kettle under the stairs'
let server: RunningServer

beforeAll(async () => {
  server = await startSubject({ seed: { ...seed, accounts: seed.accounts.slice(0, 1) } })
})
afterAll(() => server?.stop())

const create = (args: string[], options?: CommandOptions) =>
  gatehouse(server, ['account', 'create', ...args], options)
const withPassword = (args: string[], password = PASSWORD) =>
  create([...args, '--password-stdin'], { input: `${password}\n` })

const signIn = async (person: Credentials, parameters?: Record<string, string>) => {
  const party = await relyingParty(server.issuer, own)
  return party.signIn(createAgent(), person, parameters)
}

it('makes an account with a password of its own, shown once, that signs in at the running server', async () => {
  const { code, out, err } = await create(['--email', 'Ann@Example.com', '--name', 'Ann'])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  const [, sub, password = ''] =
    /^Created Ann@Example\.com \(sub (\S+)\)\.\nPassword, shown this once: (\S+)\n$/.exec(out) ?? []
  expect(password.length).toBeGreaterThanOrEqual(20)
  const tokens = await vi.waitFor(() => signIn({ login: 'ann@example.com', password }), 10_000)
  expect(tokens.claims()?.sub).toBe(sub)
})

it('takes the password from standard input, never prints it, and gives the roles that are named', async () => {
  const { code, out, err } = await withPassword([
    '--email',
    'ben@example.com',
    '--role',
    'reader',
    '--role',
    'idle',
  ])
  expect({ code, err }).toEqual({ code: 0, err: '' })
  expect(out).toMatch(/^Created ben@example\.com \(sub \S+\)\.\n$/)
  const person = { login: 'ben@example.com', password: PASSWORD }
  const tokens = await signIn(person, { scope: 'openid orders:read', resource: API })
  expect(tokens.scope).toBe('orders:read')
})

it('makes an administrator, whose roles say so', async () => {
  expect(await withPassword(['--email', 'cat@example.com', '--role', 'admin'])).toMatchObject({ code: 0 })
  const tokens = await signIn({ login: 'cat@example.com', password: PASSWORD }, { scope: 'openid roles' })
  expect(tokens.claims()?.roles).toEqual(['admin'])
})

it('takes the address as proven only when told so', async () => {
  await withPassword(['--email', 'dan@example.com'])
  await withPassword(['--email', 'eve@example.com', '--email-verified'])
  const party = await relyingParty(server.issuer, own)
  const isVerified = async (login: string) => {
    const tokens = await party.signIn(createAgent(), { login, password: PASSWORD }, { scope: 'openid email' })
    const claims = await fetchUserInfo(party.config, tokens.access_token, tokens.claims()?.sub ?? '')
    return claims.email_verified
  }
  expect([await isVerified('dan@example.com'), await isVerified('eve@example.com')]).toEqual([false, true])
})

it.each([
  ['no address', [], 'Name one plain e-mail address'],
  ['two addresses in one', ['--email', 'a@example.com,b@example.com'], 'Name one plain e-mail address'],
  ['an address that has an account', ['--email', kim.login.toUpperCase()], 'There is an account for'],
  [
    'a role that does not exist',
    ['--email', 'f@example.com', '--role', 'raeder'],
    'There is no role "raeder". There are: admin, ',
  ],
])('refuses %s with a sentence', async (_what, args, sentence) => {
  const { code, out, err } = await create(args)
  expect({ code, out }).toEqual({ code: 1, out: '' })
  expect(err).toContain(sentence)
  expect(err.trimEnd().split('\n')).toHaveLength(1)
})

it.each([
  ['too short', 'seven otters', 'min 15'],
  ['empty', '', 'min 15'],
  ['made of the address', 'francis@example.com 1', 'context'],
])(
  'refuses a password that is %s, does not repeat it, and makes no account',
  async (_what, password, detail) => {
    const { code, out, err } = await withPassword(['--email', 'francis@example.com'], password)
    expect({ code, out }).toEqual({ code: 1, out: '' })
    expect(err).toMatch(/^The policy refuses the password: /)
    expect(err).toContain(detail)
    if (password !== '') expect(err).not.toContain(password)
    await expect(signIn({ login: 'francis@example.com', password })).rejects.toThrow()
  },
)
