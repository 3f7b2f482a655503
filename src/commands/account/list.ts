import type { Foundation } from '../../build.ts'
import { ADMIN_ROLE } from '../../domain/access/model.ts'
import type { Account } from '../../domain/ports.ts'
import { type Command, CommandFault, type Given, type Terminal, text, UsageFault } from '../command.ts'
import { asJson, limitOf, nextLine, paging, show } from '../options.ts'
import { assignmentText, roleNames, type ShownAccount, shownAccount } from '../shown.ts'
import { table } from '../table.ts'
import { withFoundation } from '../with-config.ts'

interface Page {
  accounts: Account[]
  next: string | undefined
}

interface Wanted {
  after: string | undefined
  limit: number
}

const afterOf = ({ after }: Wanted): { after?: string } => (after === undefined ? {} : { after })

/** One more is read, to tell whether there are more. */
const pageOf = (found: Account[], limit: number, cursorOf: (account: Account) => string): Page => {
  const accounts = found.slice(0, limit)
  const last = accounts.at(-1)
  return { accounts, next: found.length > limit && last ? cursorOf(last) : undefined }
}

const byAddress = async (
  { store }: Foundation,
  prefix: string | undefined,
  wanted: Wanted,
): Promise<Page> => {
  const found = await store.accounts.list({
    ...afterOf(wanted),
    limit: wanted.limit + 1,
    ...(prefix === undefined ? {} : { prefix: prefix.toLowerCase() }),
  })
  return pageOf(found, wanted.limit, ({ emailKey }) => emailKey)
}

const byRole = async ({ store, access }: Foundation, name: string, wanted: Wanted): Promise<Page> => {
  if (name === ADMIN_ROLE) {
    const subs = (await access.admins()).filter((sub) => sub > (wanted.after ?? ''))
    const found = await Promise.all(subs.slice(0, wanted.limit + 1).map((sub) => store.accounts.find(sub)))
    return pageOf(
      found.flatMap((account) => account ?? []),
      wanted.limit,
      ({ sub }) => sub,
    )
  }
  const role = (await access.model()).roles.find((each) => each.name === name)
  if (!role) throw new CommandFault(`There is no role "${name}". See: gatehouse role list`)
  const options = { roleIds: [role.id], ...afterOf(wanted), limit: wanted.limit + 1 }
  return pageOf(await store.accounts.holding(options), wanted.limit, ({ sub }) => sub)
}

interface Query extends Wanted {
  prefix: string | undefined
  role: string | undefined
}

const queryOf = (given: Given): Query => {
  const [prefix, role] = [text(given, 'prefix'), text(given, 'role')]
  if (prefix !== undefined && role !== undefined) throw new UsageFault('Name one of --prefix and --role.')
  return { prefix, role, after: text(given, 'after'), limit: limitOf(given) }
}

const list = async (
  foundation: Foundation,
  { prefix, role, ...wanted }: Query,
  given: Given,
  terminal: Terminal,
): Promise<void> => {
  const page = await (role === undefined
    ? byAddress(foundation, prefix, wanted)
    : byRole(foundation, role, wanted))
  const names = await roleNames(foundation)
  const accounts = page.accounts.map((account) => shownAccount(account, names))
  show(given, terminal, {
    json: { accounts, next: page.next ?? null },
    people: table(columns, accounts) + nextLine(page.next),
  })
}

const stateOf = ({ disabled, deletion_due, email_verified }: ShownAccount): string => {
  if (deletion_due !== null) return 'leaving'
  if (disabled) return 'disabled'
  return email_verified ? 'verified' : 'unverified'
}

const columns = [
  { title: 'address', text: ({ email }: ShownAccount) => email },
  { title: 'sub', text: ({ sub }: ShownAccount) => sub, width: 32 },
  { title: 'name', text: ({ name }: ShownAccount) => name ?? '-', width: 24 },
  { title: 'state', text: stateOf },
  {
    title: 'roles',
    text: ({ roles }: ShownAccount) => roles.map(assignmentText).join(', ') || '-',
    width: 60,
  },
]

export const listAccounts: Command = {
  name: 'account list',
  usage: '[--prefix <text> | --role <name>] [--limit <number>] [--after <cursor>] [--json]',
  summary: 'show accounts: all, those whose address begins so, or those who have a role',
  options: {
    prefix: { type: 'string', about: 'how the address begins' },
    role: { type: 'string', value: 'name', about: 'those who have this role, however narrowed' },
    ...paging,
    ...asJson,
  },
  async run(given, terminal) {
    const query = queryOf(given)
    await withFoundation((foundation) => list(foundation, query, given, terminal))
  },
}
