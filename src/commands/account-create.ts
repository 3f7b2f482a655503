import { randomBytes } from 'node:crypto'
import type { Foundation } from '../build.ts'
import { ADMIN_ROLE } from '../domain/access/model.ts'
import { parseEmail } from '../domain/email.ts'
import { passwordHashFault } from '../domain/password-hash.ts'
import { type Command, CommandFault, flag, type Given, type Terminal, text, texts } from './command.ts'
import { asJson, dryRun, showChange } from './options.ts'
import { withFoundation } from './with-config.ts'

const readLine = async ({ input }: Terminal): Promise<string> => (await input()).replace(/\r?\n$/, '')

/** What is given on standard input, if anything is: a password, or the hash of one that another system made. */
const readSecret = async (
  { values }: Given,
  terminal: Terminal,
): Promise<{ password?: string; passwordHash?: string }> => {
  if (values['password-hash-stdin'] === true) return { passwordHash: await readLine(terminal) }
  return values['password-stdin'] === true ? { password: await readLine(terminal) } : {}
}

const idsOf = async ({ access }: Foundation, names: readonly string[]): Promise<string[]> => {
  const { roles } = await access.model()
  const known = new Map(roles.map(({ id, name }) => [name, id]))
  return names.map((name) => {
    const id = known.get(name)
    if (id !== undefined) return id
    const names = [ADMIN_ROLE, ...known.keys()].join(', ')
    throw new CommandFault(`There is no role "${name}". There are: ${names}.`)
  })
}

const checkPassword = (
  { policy }: Foundation,
  password: string,
  owner: { email: string; name: string | undefined },
): void => {
  const [fault] = policy.faults(password, owner)
  if (!fault) return
  const values = Object.entries(fault.values ?? {}).map(([name, value]) => `${name} ${value}`)
  throw new CommandFault(`The policy refuses the password: ${[fault.code, ...values].join(', ')}.`)
}

const checkHash = ({ hasher }: Foundation, hash: string): void => {
  const fault = passwordHashFault(hasher, hash)
  if (fault !== undefined) throw new CommandFault(`The hash is refused: ${fault}.`)
}

const create = async (foundation: Foundation, given: Given, terminal: Terminal): Promise<void> => {
  const address = parseEmail(text(given, 'email') ?? '')
  if (!address) throw new CommandFault('Name one plain e-mail address: --email kim@example.com')
  const { password: chosen, passwordHash } = await readSecret(given, terminal)
  const name = text(given, 'name')
  if (chosen !== undefined) checkPassword(foundation, chosen, { email: address.email, name })
  if (passwordHash !== undefined) checkHash(foundation, passwordHash)
  const password = chosen ?? randomBytes(18).toString('base64url')
  const roles = texts(given, 'role')
  const roleIds = await idsOf(
    foundation,
    roles.filter((role) => role !== ADMIN_ROLE),
  )
  const { accounts, access, audit } = foundation
  const emailVerified = given.values['email-verified'] === true
  if (flag(given, 'dry-run')) {
    if (await accounts.findByEmail(address.email)) throw taken(address.email)
    showChange(given, terminal, {
      json: { account: { email: address.email } },
      people: `Created ${address.email}.\n`,
    })
    return
  }
  const created = await accounts.create({
    email: address.email,
    emailKey: address.key,
    password,
    passwordHash,
    name,
    emailVerified,
    roleIds,
  })
  if (created.kind === 'taken') throw taken(address.email)
  const { sub } = created.account
  if (roles.includes(ADMIN_ROLE)) await access.grantAdmin(sub)
  audit({ type: 'account.created', actor: 'cli', sub, detail: { roles } })
  const made = chosen === undefined && passwordHash === undefined ? password : undefined
  showChange(given, terminal, {
    json: {
      account: { sub, email: address.email },
      ...(made === undefined ? {} : { password: made }),
    },
    people: `Created ${address.email} (sub ${sub}).\n${made === undefined ? '' : `Password, shown this once: ${made}\n`}`,
  })
}

const taken = (email: string): CommandFault => new CommandFault(`There is an account for ${email} already.`)

export const createAccount: Command = {
  name: 'account create',
  usage: '--email <address> [--name <text>] [--role <name>] [--dry-run] [--json]',
  summary: 'make an account; --role admin makes an administrator',
  options: {
    email: { type: 'string', value: 'address' },
    name: { type: 'string' },
    role: { type: 'string', multiple: true, value: 'name' },
    'email-verified': { type: 'boolean', about: 'the address is the owner’s' },
    'password-stdin': { type: 'boolean', about: 'read the password; without it one is made and shown once' },
    'password-hash-stdin': { type: 'boolean', about: 'read the hash that another system made of it' },
    ...dryRun,
    ...asJson,
  },
  run: (given, terminal) => withFoundation((foundation) => create(foundation, given, terminal)),
}
