import { changeAccount } from '../../domain/account-change.ts'
import { type AccountChanges, editAccount } from '../../domain/administration/account-edit.ts'
import { parseEmail } from '../../domain/email.ts'
import { links } from '../../domain/links.ts'
import { AccountInput } from '../../domain/seed/schema.ts'
import { operator } from '../administration.ts'
import { type Command, CommandFault, flag, type Given, text, UsageFault } from '../command.ts'
import { ACCOUNT } from '../people.ts'
import { type AtAccount, changeOptions, changingAccount } from './standing.ts'

/** An empty one takes away. */
const member = (given: Given, name: 'name' | 'locale'): string | null | undefined => {
  const value = text(given, name)
  if (value === undefined) return undefined
  if (value === '') return null
  const parsed = AccountInput.shape[name].safeParse(value)
  if (parsed.success) return value
  throw new UsageFault(`--${name}: ${parsed.error.issues[0]?.message ?? 'wanted another value'}`)
}

const changesOf = (given: Given): AccountChanges => {
  const address = text(given, 'email')
  const email = address === undefined ? undefined : parseEmail(address)
  if (address !== undefined && !email)
    throw new UsageFault('Name one plain e-mail address: --email kim@example.com')
  const verified = flag(given, 'email-verified') ? true : undefined
  const changes = {
    name: member(given, 'name'),
    locale: member(given, 'locale'),
    email,
    emailVerified: verified,
  }
  if (Object.values(changes).some((value) => value !== undefined)) return changes
  throw new UsageFault('Name what to change. See: gatehouse account update --help')
}

const edit = async (
  { foundation, administration: { audit }, account }: AtAccount,
  changes: AccountChanges,
) => {
  const { store, now, config } = foundation
  return editAccount({
    change: changeAccount({ store: store.accounts, now }),
    audit,
    // Letters need the views, which only the server has.
    sendMail: () => undefined,
    links: links(config.issuer),
    now,
  })({ actor: operator, address: '', sub: account.sub, version: undefined, changes })
}

const isTaken = async ({ foundation: { accounts }, account }: AtAccount, { email }: AccountChanges) => {
  const other = email && (await accounts.findByEmail(email.email))
  return other !== undefined && other.sub !== account.sub
}

export const updateAccount: Command = {
  name: 'account update',
  usage:
    '<account> [--name <text>] [--locale <tag>] [--email <address>] [--email-verified] [--dry-run] [--json]',
  summary: 'change name, language or address of an account',
  options: {
    name: { type: 'string', about: 'an empty one takes it away' },
    locale: {
      type: 'string',
      value: 'tag',
      about: 'language such as en or pt-BR; an empty one takes it away',
    },
    email: { type: 'string', value: 'address', about: 'another address; nobody is told by letter' },
    'email-verified': { type: 'boolean', about: 'vouch that the address is the owner’s' },
    ...changeOptions,
  },
  operands: [ACCOUNT],
  async run(given, terminal) {
    const changes = changesOf(given)
    await changingAccount(given, terminal, async (at) => {
      const { account } = at
      if (await isTaken(at, changes)) throw new CommandFault('Another account has this address.')
      if (flag(given, 'dry-run')) return { account, text: `${account.email} is changed.` }
      const outcome = await edit(at, changes)
      if (outcome.kind === 'taken') throw new CommandFault('Another account has this address.')
      if (outcome.kind !== 'done') throw new CommandFault(`There is no account ${account.email} any more.`)
      return { account: outcome.account, text: `Changed ${outcome.account.email}.` }
    })
  },
}
